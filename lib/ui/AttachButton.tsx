/**
 * The way to a file on this device. What sends it is loaded later; who is
 * quicker than that waits for it.
 * @module
 */
import { useRef } from "preact/hooks";
import { Icon } from "./Icon.tsx";
import type { ChatState } from "./state.ts";
import type { ChatWords } from "./words.ts";

export interface AttachButtonProps {
  state: ChatState;
  words: ChatWords;
}

export function AttachButton({ state, words }: AttachButtonProps) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class="icon-button attach"
        aria-label={words.attach}
        title={words.attach}
        onClick={() => field.current?.click()}
      >
        <Icon name="attach" />
      </button>
      <input
        type="file"
        multiple
        hidden
        ref={field}
        onChange={({ currentTarget }) => {
          const files = [...currentTarget.files ?? []];
          // So that the same one can be chosen again.
          currentTarget.value = "";
          void state.parts.load().then((part) => part?.sendFiles(files, state));
        }}
      />
    </>
  );
}
