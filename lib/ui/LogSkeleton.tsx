/**
 * What a log shows while its messages are being read.
 * @module
 */
import type { ChatWords } from "./words.ts";

/** Shaped like messages, until it is known whether there are any. */
export function LogSkeleton({ words }: { words: ChatWords }) {
  return (
    <div class="skeleton">
      <p class="visually-hidden">{words.loading}</p>
      {[0, 1, 2, 3].map((row) => <div key={row} class="skeleton-row" />)}
    </div>
  );
}
