/**
 * A link was closed because whoever answered is not who was meant: why, and
 * what to do.
 * @module
 */
import type { PageWords } from "./words_later.ts";
import { NoticeBar } from "./NoticeBar.tsx";
import type { Trust } from "./trust.ts";

export interface RefusedNoticeProps {
  trust: Trust;
  words: PageWords;
}

export function RefusedNotice({ trust, words }: RefusedNoticeProps) {
  const refused = trust.refused.value;
  if (refused === undefined) return null;
  const { user, refusal } = refused;
  return (
    <NoticeBar
      kind="warning"
      icon="warning"
      sentence={words.refused[refusal](user)}
      next={words.refusedNext}
    >
      <button
        type="button"
        class="button"
        onClick={() => void trust.dismiss("refused")}
      >
        {words.dismiss}
      </button>
    </NoticeBar>
  );
}
