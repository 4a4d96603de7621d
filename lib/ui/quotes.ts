/**
 * Finds the messages that others answer. Pure.
 * @module
 */
import type { EntryRef, Message } from "../mesh/chat.ts";
import { keyOf } from "./timeline.ts";

/** Characters of a message that are quoted; its look sets what is seen. */
const EXCERPT_MAX = 160;

/** Those of `all` that `refs` name, by their keys. */
export function findQuoted(
  refs: readonly EntryRef[],
  all: readonly Message[],
): ReadonlyMap<string, Message> {
  const found = new Map<string, Message>();
  const wanted = new Set(refs.map((ref) => keyOf({ ref })));
  // Numbers first: joining ten thousand keys would take longer than to draw.
  const seqs = new Set(refs.map(({ seq }) => seq));
  for (let at = all.length - 1; at >= 0 && wanted.size > 0; at--) {
    const message = all[at];
    if (message === undefined || !seqs.has(message.ref.seq)) continue;
    const key = keyOf(message);
    if (wanted.delete(key)) found.set(key, message);
  }
  return found;
}

/** The beginning of a text, in one line. */
export function excerptOf(text: string): string {
  const line = text.slice(0, 4 * EXCERPT_MAX).replaceAll(/\s+/g, " ").trim();
  const characters = [...line];
  return characters.length <= EXCERPT_MAX
    ? line
    : `${characters.slice(0, EXCERPT_MAX).join("")}…`;
}
