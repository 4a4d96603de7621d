/**
 * Over the end of the log, while the reader is elsewhere: the way back, and how
 * much came in meanwhile.
 * @module
 */
import { Icon } from "./Icon.tsx";
import type { PageWords } from "./words_later.ts";

export interface JumpButtonProps {
  unread: number;
  words: PageWords;
  onJump: () => void;
}

export function JumpButton({ unread, words, onJump }: JumpButtonProps) {
  const label = unread > 0 ? words.newMessages(unread) : words.jumpToLatest;
  return (
    <button
      type="button"
      class={unread > 0 ? "jump jump-new" : "jump"}
      aria-label={label}
      onClick={onJump}
    >
      {unread > 0 && label}
      <Icon name="arrowDown" />
    </button>
  );
}
