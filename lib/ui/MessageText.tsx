/**
 * A message's text, as text: only web addresses become elements, once what
 * finds them is loaded.
 * @module
 */
import { useMemo } from "preact/hooks";
import type { ChatState } from "./state.ts";

export interface MessageTextProps {
  text: string;
  state: ChatState;
}

export function MessageText({ text, state }: MessageTextProps) {
  const linkify = state.parts.part.value?.linkify;
  const pieces = useMemo(() => linkify?.(text) ?? [{ text }], [text, linkify]);
  return (
    <p class="message-text" dir="auto">
      {pieces.map(({ text, href }) =>
        href === undefined
          ? text
          : (
            <a href={href} target="_blank" rel="noopener noreferrer">
              {text}
            </a>
          )
      )}
    </p>
  );
}
