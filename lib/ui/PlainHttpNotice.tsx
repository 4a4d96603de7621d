/**
 * Says calmly that this page came in the clear, until it is dismissed.
 * @module
 */
import type { Signal } from "@preact/signals";
import { NoticeBar } from "./NoticeBar.tsx";
import type { Advice } from "./site_words.ts";

export interface PlainHttpNoticeProps {
  words: { plainHttp: Advice; dismiss: string };
  /** True where it was dismissed, or the page came over a secure connection. */
  hidden: Signal<boolean>;
}

export function PlainHttpNotice({ words, hidden }: PlainHttpNoticeProps) {
  if (hidden.value) return null;
  return (
    <NoticeBar kind="calm" icon="lockOpen" {...words.plainHttp}>
      <button
        type="button"
        class="button"
        onClick={() => hidden.value = true}
      >
        {words.dismiss}
      </button>
    </NoticeBar>
  );
}
