/**
 * The emoji at a message: how many, and on a closer look who. A click adds
 * one's own or takes it off.
 * @module
 */
import type { Message, Reaction } from "../mesh/chat.ts";
import type { ChatState } from "./state.ts";
import { listOf } from "./times.ts";
import type { ChatWords } from "./words.ts";

/** People named; the rest are counted. */
export const NAMED_MAX = 10;

export interface ReactionsProps {
  message: Message;
  state: ChatState;
  words: ChatWords;
}

/** `bob, linh and 3 others` */
export function reactedBy({ users }: Reaction, words: ChatWords): string {
  const names = users.slice(0, NAMED_MAX);
  const more = users.length - names.length;
  const all = more > 0 ? [...names, words.others(more)] : names;
  return listOf(all, words.locale);
}

export function Reactions({ message, state, words }: ReactionsProps) {
  return (
    // No news of the log: a screen reader would tell each by itself.
    <div class="reactions" aria-live="off">
      {message.reactions.map((reaction) => {
        const { emoji, users, own } = reaction;
        const names = reactedBy(reaction, words);
        return (
          <button
            key={emoji}
            type="button"
            class="reaction"
            aria-pressed={own}
            aria-label={words.reactedBy(emoji, names)}
            onClick={() => void state.acts.react(message, emoji)}
          >
            <span aria-hidden="true">{emoji}</span>
            <span class="reaction-count">{users.length}</span>
            <span class="tip" aria-hidden="true">{names}</span>
          </button>
        );
      })}
    </div>
  );
}
