/**
 * Shows and hides what was typed into a password field.
 * @module
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SiteWords } from "./site_words.ts";

export interface PasswordToggleProps {
  field: HTMLInputElement;
  words: SiteWords;
}

export function PasswordToggle({ field, words }: PasswordToggleProps) {
  const shown = useSignal(false);
  const show = (wanted: boolean) => {
    shown.value = wanted;
    field.type = wanted ? "text" : "password";
  };
  useEffect(() => {
    // Browsers offer to keep a password only from a password field.
    const hide = () => show(false);
    field.form?.addEventListener("submit", hide);
    return () => field.form?.removeEventListener("submit", hide);
  }, [field]);
  return (
    <button
      type="button"
      class="password-toggle"
      aria-controls={field.id}
      onClick={() => {
        show(!shown.value);
        field.focus();
      }}
    >
      {shown.value ? words.hidePassword : words.showPassword}
    </button>
  );
}
