/**
 * "+ Create Channel" and the small form that it opens.
 * @module
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ChannelNameFault } from "./errors.ts";
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

  function close() {
    editing.value = false;
    // The button is drawn again after this turn; only then it can take focus.
    queueMicrotask(() => opener.current?.focus());
  }

  return (
    <div class="create-channel">
      {editing.value
        ? (
          <NameForm
            words={words}
            onCancel={close}
            onName={(typed) => {
              const fault = state.createChannel(typed);
              if (fault !== undefined) return fault;
              close();
              onCreated();
              return undefined;
            }}
          />
        )
        : (
          <button
            type="button"
            class="channel create-channel-button"
            ref={opener}
            onClick={() => editing.value = true}
          >
            {words.createChannel}
          </button>
        )}
    </div>
  );
}

interface NameFormProps {
  words: ChatWords;
  /** The fault of the typed name, or undefined where it was taken. */
  onName: (typed: string) => ChannelNameFault | undefined;
  onCancel: () => void;
}

function NameForm({ words, onName, onCancel }: NameFormProps) {
  const typed = useSignal("");
  const fault = useSignal<ChannelNameFault | undefined>(undefined);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  function submit(event: Event) {
    event.preventDefault();
    fault.value = onName(typed.value);
    if (fault.value !== undefined) field.current?.focus();
  }

  return (
    <form
      class="name-form"
      onSubmit={submit}
      onKeyDown={(event) => event.key === "Escape" && onCancel()}
    >
      <label class="field-label" for="channel-name">{words.channelName}</label>
      <input
        id="channel-name"
        class="field"
        ref={field}
        value={typed.value}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        aria-invalid={fault.value !== undefined}
        aria-describedby={fault.value && "channel-name-fault"}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          fault.value = undefined;
        }}
      />
      {fault.value !== undefined && (
        <p class="field-fault" id="channel-name-fault" role="alert">
          {words.nameFault[fault.value]}
        </p>
      )}
      <div class="name-form-buttons">
        <button type="submit" class="button button-primary">
          {words.create}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}
