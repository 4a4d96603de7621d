/**
 * What can be done with one message, in a small row above it. It lies over the
 * log, so nothing moves for it.
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import type { Message } from "../mesh/chat.ts";
import { moveAmongButtons } from "./arrow_keys.ts";
import { QUICK_EMOJI } from "./emoji.ts";
import { EmojiPicker } from "./EmojiPicker.tsx";
import { LateIcon, type LateIconName } from "./LateIcon.tsx";
import type { PageWords } from "./words_later.ts";
import { focusMessageOf, goWhereRoomIs, onPressOutside } from "./popover.ts";
import type { ChatState } from "./state.ts";
import { keyOf } from "./timeline.ts";

export interface ActionBarProps {
  message: Message;
  state: ChatState;
  words: PageWords;
}

export function ActionBar({ message, state, words }: ActionBarProps) {
  const { acts, draft } = state;
  const open = acts.openAt(keyOf(message));
  if (open === "remove") {
    return <RemoveQuestion message={message} state={state} words={words} />;
  }
  return (
    // Read by whoever comes to it, not told as news of the log.
    <div class="message-actions" aria-live="off" ref={goWhereRoomIs}>
      <div
        class="action-bar"
        role="toolbar"
        aria-label={words.actions}
        onKeyDown={(event) => moveAmongButtons(event, event.currentTarget)}
      >
        {QUICK_EMOJI.map((emoji) => (
          <button
            key={emoji}
            type="button"
            class="action action-emoji"
            aria-label={words.reactWith(emoji)}
            aria-pressed={message.reactions.some((one) =>
              one.emoji === emoji && one.own
            )}
            onClick={() => void acts.react(message, emoji)}
          >
            {emoji}
          </button>
        ))}
        <Action
          icon="smile"
          name={words.moreEmoji}
          expanded={open === "emoji"}
          onClick={() => acts.toggle(message, "emoji")}
        />
        <Action
          icon="reply"
          name={words.reply}
          hint="R"
          onClick={() => draft.reply(message)}
        />
        {acts.canChange(message) && (
          <>
            {acts.canEdit(message) && (
              <Action
                icon="edit"
                name={words.edit}
                hint="E"
                onClick={() => draft.edit(message)}
              />
            )}
            <Action
              icon="remove"
              name={words.remove}
              hint="Del"
              onClick={() => acts.toggle(message, "remove")}
            />
          </>
        )}
      </div>
      {open === "emoji" && (
        <EmojiPicker
          words={words}
          onClose={() => acts.close()}
          onEmoji={(emoji) => void acts.react(message, emoji)}
        />
      )}
    </div>
  );
}

interface ActionProps {
  icon: LateIconName;
  name: string;
  /** The key that does the same. */
  hint?: string;
  expanded?: boolean;
  onClick: () => void;
}

function Action({ icon, name, hint, expanded, onClick }: ActionProps) {
  return (
    <button
      type="button"
      class="action"
      aria-label={name}
      aria-expanded={expanded}
      aria-keyshortcuts={hint === "Del" ? "Delete" : hint}
      title={hint === undefined ? name : `${name} (${hint})`}
      onClick={onClick}
    >
      <LateIcon name={icon} />
    </button>
  );
}

function RemoveQuestion({ message, state, words }: ActionBarProps) {
  const box = useRef<HTMLDivElement>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const close = () => state.acts.close();
  useEffect(() => {
    goWhereRoomIs(box.current);
    keep.current?.focus({ preventScroll: true });
    return onPressOutside(box.current, close);
  }, []);
  return (
    <div class="message-actions" aria-live="off" ref={box}>
      <div class="ask" role="alertdialog" aria-labelledby="remove-question">
        <p id="remove-question">{words.removeQuestion}</p>
        <div class="ask-buttons">
          <button
            type="button"
            class="button button-danger"
            onClick={(event) => {
              focusMessageOf(event);
              void state.removeMessage(message);
            }}
          >
            {words.remove}
          </button>
          <button
            type="button"
            class="button"
            ref={keep}
            onClick={(event) => {
              focusMessageOf(event);
              close();
            }}
          >
            {words.keep}
          </button>
        </div>
      </div>
    </div>
  );
}
