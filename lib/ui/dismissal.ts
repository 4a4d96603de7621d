/**
 * Whether the notice about plain http is out of the way: on a secure page it
 * always is; dismissed, it stays so for this tab.
 * @module
 */
import { effect, type Signal, signal } from "@preact/signals";

const KEY = "plain-http-dismissed";

/** True where the notice is not to be shown; set it to dismiss the notice. */
export function plainHttpHidden(): Signal<boolean> {
  const hidden = signal(globalThis.isSecureContext || wasDismissed());
  effect(() => {
    if (hidden.value && !globalThis.isSecureContext) rememberDismissal();
  });
  return hidden;
}

function wasDismissed(): boolean {
  try {
    return sessionStorage.getItem(KEY) !== null;
  } catch {
    // Storage is blocked here: nothing can have been remembered.
    return false;
  }
}

function rememberDismissal(): void {
  try {
    sessionStorage.setItem(KEY, "yes");
  } catch {
    // Storage is blocked here: the next page will say it again.
  }
}
