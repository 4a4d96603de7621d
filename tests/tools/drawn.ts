/**
 * What an island draws, read without a document: its elements, and their text.
 * Components with hooks need a document, so a test leaves those out.
 * @module
 */
import type { ComponentChildren, VNode } from "preact";

/** An element of the page, with the components around it gone. */
export interface Drawn {
  tag: string;
  props: Record<string, unknown>;
  children: (Drawn | string)[];
}

type Props = Record<string, unknown> & { children?: ComponentChildren };

/** Calls all components but those `leftOut`, down to elements and texts. */
export function draw(
  node: ComponentChildren,
  leftOut: readonly unknown[] = [],
): (Drawn | string)[] {
  if (node === null || node === undefined || typeof node === "boolean") {
    return [];
  }
  if (Array.isArray(node)) return node.flatMap((child) => draw(child, leftOut));
  if (typeof node !== "object") return [String(node)];
  const { type, props } = node as VNode<Props>;
  if (leftOut.includes(type)) return [];
  if (typeof type === "string") {
    return [{ tag: type, props, children: draw(props.children, leftOut) }];
  }
  const component = type as (props: Props) => ComponentChildren;
  return draw(component(props), leftOut);
}

/** All text in it, seen or heard. */
export function textOf(drawn: readonly (Drawn | string)[]): string {
  return drawn.map((part) =>
    typeof part === "string" ? part : textOf(part.children)
  ).join("");
}

/** What a screen reader says of it. */
export function heardOf(drawn: readonly (Drawn | string)[]): string {
  return drawn.map((part) => {
    if (typeof part === "string") return part;
    return part.props["aria-hidden"] === "true" ? "" : heardOf(part.children);
  }).join("");
}

/** All elements that `fits`, from top to bottom. */
export function findAll(
  drawn: readonly (Drawn | string)[],
  fits: (element: Drawn) => boolean,
): Drawn[] {
  return drawn.flatMap((part) => {
    if (typeof part === "string") return [];
    const below = findAll(part.children, fits);
    return fits(part) ? [part, ...below] : below;
  });
}
