/**
 * What a log shows where nobody has written anything yet.
 * @module
 */
import { Invite } from "./Invite.tsx";
import type { ChatState } from "./state.ts";
import type { PageWords } from "./words_later.ts";

export interface LogEmptyProps {
  state: ChatState;
  words: PageWords;
  origin: string;
}

export function LogEmpty({ state, words, origin }: LogEmptyProps) {
  const alone = state.people.value.length === 0;
  const channel = state.channel.value;
  return (
    <div class="empty">
      <p class="empty-title">{words.noMessages(channel)}</p>
      <p>{words.noMessagesHint}</p>
      {alone && <Invite state={state} words={words} origin={origin} />}
    </div>
  );
}
