/**
 * Shows and hides what was typed into a password field.
 * @module
 */
import { useSignal } from "@preact/signals";
import type { SiteWords } from "./site_words.ts";

export interface PasswordToggleProps {
  field: HTMLInputElement;
  words: SiteWords;
}

export function PasswordToggle({ field, words }: PasswordToggleProps) {
  const shown = useSignal(false);
  return (
    <button
      type="button"
      class="password-toggle"
      aria-controls={field.id}
      onClick={() => {
        shown.value = !shown.value;
        field.type = shown.value ? "text" : "password";
        field.focus();
      }}
    >
      {shown.value ? words.hidePassword : words.showPassword}
    </button>
  );
}
