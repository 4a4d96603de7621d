/**
 * Above the field: which message is answered, or edited, and the way out.
 * @module
 */
import { Icon } from "./Icon.tsx";
import type { PageWords } from "./words_later.ts";
import { LateIcon } from "./LateIcon.tsx";
import { Quote } from "./Quote.tsx";
import type { ChatState } from "./state.ts";
import { keyOf } from "./timeline.ts";

export interface ComposerTaskProps {
  state: ChatState;
  words: PageWords;
}

export function ComposerTask({ state, words }: ComposerTaskProps) {
  const editing = state.draft.editing.value;
  const ref = editing ?? state.draft.replyTo.value;
  if (ref === undefined) return null;
  const user = state.quoted.value.get(keyOf({ ref }))?.user ?? "";
  return (
    <div class="composer-task">
      <LateIcon name={editing ? "edit" : "reply"} />
      <div class="composer-task-text">
        <p id="composer-task">
          {editing ? words.editing : words.replyingTo(user)}
        </p>
        <Quote of={ref} state={state} words={words} />
      </div>
      <button
        type="button"
        class="action"
        aria-label={words.cancel}
        title={`${words.cancel} (Esc)`}
        onClick={() => state.draft.cancel()}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
