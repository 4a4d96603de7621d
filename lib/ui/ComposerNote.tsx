/**
 * Below the field: how to send, how much still fits, or what is wrong with what
 * is written.
 * @module
 */
import { useEffect } from "preact/hooks";
import { TEXT_BYTES_MAX } from "../wire/entry.ts";
import { keepDrafts } from "./kept_drafts.ts";
import type { ChatState } from "./state.ts";
import { charactersOver } from "./text_room.ts";
import type { PageWords } from "./words_later.ts";

/** The counter shows from here on. */
const COUNTED_FROM_BYTES = TEXT_BYTES_MAX * 0.8;

export interface ComposerNoteProps {
  state: ChatState;
  words: PageWords;
}

export function ComposerNote({ state, words }: ComposerNoteProps) {
  // Here, for it is loaded later and there as long as the field is.
  useEffect(() => keepDrafts(state), [state]);
  const bytes = state.draft.bytes.value;
  const over = bytes < COUNTED_FROM_BYTES
    ? undefined
    : charactersOver(state.draft.text.value, bytes);
  if (over !== undefined && over > 0) {
    return (
      <p class="composer-note field-fault" id="composer-note" role="alert">
        {words.tooLong(over)}
      </p>
    );
  }
  if (state.draft.failed.value) {
    return (
      <p class="composer-note field-fault" id="composer-note" role="alert">
        {words.sendFailed}
      </p>
    );
  }
  return (
    <p class="composer-note" id="composer-note">
      {over === undefined
        ? <span class="key-hint">{words.enterHint}</span>
        : words.roomLeft(Math.abs(over))}
    </p>
  );
}
