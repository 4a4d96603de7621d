/**
 * What a log shows without messages: that none were written yet, or that they
 * are being read.
 * @module
 */
import type { ChatState } from "./state.ts";
import type { ChatWords } from "./words.ts";

export interface LogEmptyProps {
  state: ChatState;
  words: ChatWords;
  origin: string;
}

export function LogEmpty({ state, words, origin }: LogEmptyProps) {
  const alone = state.people.value.length === 0;
  const channel = state.channel.value;
  const part = state.parts.part.value;
  return (
    <div class="empty">
      <p class="empty-title">{words.noMessages(channel)}</p>
      <p>{words.noMessagesHint}</p>
      {alone && part && (
        <part.Invite words={part.words} channel={channel} origin={origin} />
      )}
    </div>
  );
}

/** Shaped like messages, until it is known whether there are any. */
export function LogSkeleton({ words }: { words: ChatWords }) {
  return (
    <div class="skeleton">
      <p class="visually-hidden">{words.loading}</p>
      {[0, 1, 2, 3].map((row) => <div key={row} class="skeleton-row" />)}
    </div>
  );
}
