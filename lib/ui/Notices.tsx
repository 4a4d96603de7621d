/**
 * What is wrong now, above the messages. Of that only a connection in the clear
 * is drawn at once, and a server that does not even give what is loaded later.
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
      <PlainHttpNotice words={words} hidden={plainHttpHidden} />
    </div>
  );
}
