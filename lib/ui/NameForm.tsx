/**
 * The form that "+ Create Channel" opens: a name, and what is wrong with it.
 * @module
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import {
  type ChannelNameFault,
  channelNameFault,
} from "./channel_name_fault.ts";
import type { PageWords } from "./words_later.ts";

export interface NameFormProps {
  words: PageWords;
  /** Whether the typed name was taken. */
  onName: (typed: string) => boolean;
  onCancel: () => void;
}

export function NameForm({ words, onName, onCancel }: NameFormProps) {
  const typed = useSignal("");
  const fault = useSignal<ChannelNameFault | undefined>(undefined);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  function submit(event: Event) {
    event.preventDefault();
    const taken = onName(typed.value);
    fault.value = taken ? undefined : channelNameFault(typed.value);
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
