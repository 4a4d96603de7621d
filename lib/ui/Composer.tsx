/**
 * Where a message is written. Enter sends, Shift+Enter starts a line, and the
 * Enter that ends a composition (Telex, pinyin) does neither.
 * @module
 */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { TEXT_BYTES_MAX } from "../wire/entry.ts";
import { AttachButton } from "./AttachButton.tsx";
import type { ChatState } from "./state.ts";
import type { ChatWords } from "./words.ts";

/** keyCode while an input method works; some browsers say it only this way. */
const IME_KEY_CODE = 229;

export interface ComposerProps {
  state: ChatState;
  words: ChatWords;
}

export function Composer({ state, words }: ComposerProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const { draft } = state;
  const text = draft.text.value;
  const channel = state.channel.value;
  const tooLong = draft.bytes.value > TEXT_BYTES_MAX;
  const faulty = tooLong || draft.failed.value;
  const asked = draft.focusAsked.value;
  const part = state.parts.part.value;
  useLayoutEffect(() => fitHeight(field.current), [text]);
  useEffect(() => focusWithoutTouch(field.current), [channel]);
  // At once: later, it would take the focus from where a person moved it.
  useLayoutEffect(() => {
    if (asked > 0) focusAtEnd(field.current);
  }, [asked]);

  function send() {
    void state.send();
    field.current?.focus();
  }

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {part && <part.ComposerTask state={state} words={part.words} />}
      {part && <part.AttachedFiles files={part.files} words={part.words} />}
      <div class={`composer-box${faulty ? " composer-box-faulty" : ""}`}>
        <AttachButton state={state} words={words} />
        <textarea
          class="composer-field"
          ref={field}
          rows={1}
          value={text}
          dir="auto"
          aria-label={words.message}
          aria-describedby="composer-task composer-note"
          aria-invalid={faulty}
          placeholder={words.messageTo(channel)}
          enterkeyhint="send"
          onInput={(event) => draft.write(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (isSendKey(event)) send();
            else if (!runsTask(event, state)) return;
            event.preventDefault();
          }}
        />
        <button
          type="submit"
          class="button button-primary"
          disabled={!state.sendable.value}
        >
          {draft.editing.value === undefined ? words.send : words.save}
        </button>
      </div>
      {part ? <part.ComposerNote state={state} words={part.words} /> : (
        // As high as what comes.
        <p class="composer-note">
          <span class="key-hint" />
        </p>
      )}
    </form>
  );
}

/** Whether a key press means "send it". */
export function isSendKey(
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "isComposing" | "keyCode">,
): boolean {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing &&
    event.keyCode !== IME_KEY_CODE;
}

/** Escape gives up an answer or an edit; Up, in an empty field, edits. */
function runsTask(
  event: Pick<KeyboardEvent, "key" | "isComposing">,
  state: ChatState,
): boolean {
  const { text, replyTo, editing } = state.draft;
  const hasTask = (replyTo.peek() ?? editing.peek()) !== undefined;
  if (event.isComposing) return false;
  if (event.key === "Escape" && hasTask) {
    state.draft.cancel();
    return true;
  }
  if (event.key !== "ArrowUp" || text.peek() !== "" || hasTask) return false;
  state.editLast();
  return true;
}

/** As tall as its text; the style sheet sets the most. */
function fitHeight(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

function focusAtEnd(field: HTMLTextAreaElement | null): void {
  field?.focus();
  field?.setSelectionRange(field.value.length, field.value.length);
}

/** Ready to type at once; on a touch screen that would open the keyboard. */
function focusWithoutTouch(field: HTMLTextAreaElement | null): void {
  if (!globalThis.matchMedia("(pointer: coarse)").matches) field?.focus();
}
