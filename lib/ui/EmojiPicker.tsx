/**
 * A few rows of common emoji. Arrow keys go among them; a press elsewhere
 * closes it.
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import { moveAmongButtons } from "./arrow_keys.ts";
import { EMOJI, EMOJI_COLUMNS } from "./emoji.ts";
import type { PageWords } from "./words_later.ts";
import { focusMessageOf, goWhereRoomIs, onPressOutside } from "./popover.ts";

export interface EmojiPickerProps {
  words: PageWords;
  onEmoji: (emoji: string) => void;
  onClose: () => void;
}

export function EmojiPicker({ words, onEmoji, onClose }: EmojiPickerProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    goWhereRoomIs(box.current);
    box.current?.querySelector("button")?.focus({ preventScroll: true });
    return onPressOutside(box.current?.closest(".message"), onClose);
  }, []);
  return (
    <div
      class="emoji-picker"
      role="group"
      aria-label={words.moreEmoji}
      ref={box}
      onKeyDown={(event) =>
        moveAmongButtons(event, event.currentTarget, EMOJI_COLUMNS)}
    >
      {EMOJI.map((emoji, index) => (
        <button
          key={emoji}
          type="button"
          class="action action-emoji"
          tabIndex={index === 0 ? 0 : -1}
          aria-label={words.reactWith(emoji)}
          onClick={(event) => {
            focusMessageOf(event);
            onEmoji(emoji);
          }}
        >
          {emoji}
        </button>
      ))}
    </div>
  );
}
