/**
 * "+ Create Channel" and, loaded later, the small form that it opens.
 * @module
 */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { ChatState } from "./state.ts";
import type { ChatWords } from "./words.ts";

export interface CreateChannelProps {
  state: ChatState;
  words: ChatWords;
  onCreated: () => void;
}

export function CreateChannel({ state, words, onCreated }: CreateChannelProps) {
  const editing = useSignal(false);
  const opener = useRef<HTMLButtonElement>(null);
  const load = () => void state.parts.load();
  const part = editing.value ? state.parts.part.value : undefined;

  function close() {
    editing.value = false;
    // The button is drawn again after this turn; only then it can take focus.
    queueMicrotask(() => opener.current?.focus());
  }

  function create(typed: string) {
    const created = state.createChannel(typed);
    if (!created) return false;
    close();
    onCreated();
    return true;
  }

  return (
    <div class="create-channel">
      {part
        ? <part.NameForm words={part.words} onCancel={close} onName={create} />
        : (
          <button
            type="button"
            class="channel create-channel-button"
            ref={opener}
            onPointerEnter={load}
            onFocus={load}
            onClick={() => {
              editing.value = true;
              load();
            }}
          >
            {words.createChannel}
          </button>
        )}
    </div>
  );
}
