/**
 * What is wrong now, above the messages. All of that is loaded later, but that
 * the server does not even give what is loaded later.
 * @module
 */
import type { Signal } from "@preact/signals";
import { NoticeBar } from "./NoticeBar.tsx";
import { PlainHttpNotice } from "./PlainHttpNotice.tsx";
import type { ChatState } from "./state.ts";
import type { ChatWords } from "./words.ts";

export interface NoticesProps {
  state: ChatState;
  words: ChatWords;
  /** The notice about plain http was dismissed, or does not apply. */
  plainHttpHidden: Signal<boolean>;
}

export function Notices({ state, words, plainHttpHidden }: NoticesProps) {
  const { parts } = state;
  const part = parts.part.value;
  return (
    <div class="notices" role="status">
      {part && <part.NoticeList state={state} words={part.words} />}
      {parts.failed.value && (
        <NoticeBar kind="warning" icon="warning" {...words.noServer}>
          <button
            type="button"
            class="button"
            onClick={() =>
              void parts.load()}
          >
            {words.tryAgain}
          </button>
        </NoticeBar>
      )}
      {part && <PlainHttpNotice words={part.words} hidden={plainHttpHidden} />}
    </div>
  );
}
