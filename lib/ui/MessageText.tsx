/**
 * A message's text, as text: only web addresses become elements.
 * @module
 */
import { useMemo } from "preact/hooks";
import { linkify } from "./linkify.ts";

export function MessageText({ text }: { text: string }) {
  const pieces = useMemo(() => linkify(text), [text]);
  return (
    <p class="message-text" dir="auto">
      {pieces.map((piece) =>
        piece.href === undefined
          ? piece.text
          : (
            <a href={piece.href} target="_blank" rel="noopener noreferrer">
              {piece.text}
            </a>
          )
      )}
    </p>
  );
}
