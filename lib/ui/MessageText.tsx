/**
 * A message's text, as text: only web addresses become elements.
 * @module
 */
import { linkify } from "./linkify.ts";

export function MessageText({ text }: { text: string }) {
  return (
    <p class="message-text" dir="auto">
      {linkify(text).map((piece) =>
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
