/**
 * The message that another one answers: its beginning, and the way to it.
 * @module
 */
import type { EntryRef } from "../mesh/chat.ts";
import { excerptOf } from "./quotes.ts";
import type { ChatState } from "./state.ts";
import { keyOf } from "./timeline.ts";
import type { ChatWords } from "./words.ts";

export interface QuoteProps {
  of: EntryRef;
  state: ChatState;
  words: ChatWords;
}

export function Quote({ of, state, words }: QuoteProps) {
  const message = state.quoted.value.get(keyOf({ ref: of }));
  if (message === undefined) {
    return <p class="quote quote-gone">{words.originalGone}</p>;
  }
  const { user } = message;
  const gone = state.acts.isGone(message);
  const text = gone
    ? words.takenBack
    : excerptOf(message.file?.name ?? message.text);
  return (
    <button
      type="button"
      class="quote"
      aria-label={words.original(user, text)}
      onClick={() => state.reveal(of)}
    >
      <bdi class="quote-user">{user}</bdi>
      {gone
        ? <em class="quote-text">{text}</em>
        : <bdi class="quote-text">{text}</bdi>}
    </button>
  );
}
