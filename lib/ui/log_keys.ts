/**
 * The log by keyboard, mouse and touch: which message is meant, and what a key
 * does to it. One set of listeners for the whole log, however long it is; they
 * are loaded later.
 * @module
 */
import { indexAfter } from "./arrow_keys.ts";
import type { ChatState } from "./state.ts";
import { keyOf } from "./timeline.ts";

type Log = HTMLElement;

/** The listeners of the log element. */
export function logListeners(state: ChatState) {
  const { acts } = state;
  return {
    onKeyDown: (event: KeyboardEvent & { currentTarget: Log }) => {
      const handled = moveInLog(event) || actOnMessage(event, state);
      if (handled) event.preventDefault();
    },
    onPointerOver: (event: PointerEvent) => {
      // A finger has no place where it rests.
      if (event.pointerType === "mouse") acts.pointed.value = keyAt(event);
    },
    onPointerLeave: () => acts.pointed.value = undefined,
    onFocusIn: ({ target }: FocusEvent) => {
      const shows = target instanceof Element && isChosen(target);
      if (shows) acts.focused.value = keyOfElement(target);
    },
    onFocusOut: ({ relatedTarget, currentTarget }: FocusEvent) => {
      const next = keyOfElement(relatedTarget as Element | null);
      const stays = next !== undefined &&
        (currentTarget as Log).contains(relatedTarget as Node);
      if (!stays) acts.focused.value = undefined;
      // The page itself may have lost the focus: then nothing is closed.
      const left = relatedTarget !== null &&
        acts.openAt(next ?? "") === undefined;
      if (left) acts.close();
    },
    onClick: (event: MouseEvent) => tap(event, state),
  };
}

/** Which message is meant by now, while nobody listened. */
export function findPlace(log: Log, { acts }: ChatState): void {
  const { activeElement } = document;
  if (log.contains(activeElement) && activeElement && isChosen(activeElement)) {
    acts.focused.value = keyOfElement(activeElement);
  }
  if (globalThis.matchMedia("(hover: hover)").matches) {
    acts.pointed.value = keyOfElement(log.querySelector(".message:hover"));
  }
}

/** By keyboard; whatever the mouse is on shows its actions anyway. */
function isChosen(element: Element): boolean {
  return element.matches(":focus-visible");
}

/** A finger's tap shows the actions, and once more hides them. */
function tap(event: MouseEvent, { acts }: ChatState): void {
  const isTouch = (event as PointerEvent).pointerType === "touch";
  const target = event.target as Element;
  if (!isTouch || target.closest("button, a") !== null) return;
  const key = keyAt(event);
  const again = acts.focused.peek() === key;
  target.closest<HTMLElement>(".message")?.focus({ preventScroll: true });
  acts.focused.value = again ? undefined : key;
}

/** Up, Down, Home and End, from message to message. */
function moveInLog(event: KeyboardEvent & { currentTarget: Log }): boolean {
  if (hasModifier(event)) return false;
  const log = event.currentTarget;
  const lines = [...log.querySelectorAll<HTMLElement>(".earlier, .message")];
  const here = (event.target as Element).closest(".earlier, .message");
  const index = lines.findIndex((line) => line === here);
  const count = lines.length;
  // From the log itself the way up begins at the end.
  const from = index < 0 ? count : index;
  const next = from === count && event.key === "ArrowUp"
    ? count - 1
    : indexAfter(event.key, { index: from, count, columns: 1 });
  if (next === undefined || (index < 0 && event.key !== "ArrowUp")) {
    return false;
  }
  lines[next]?.focus();
  return true;
}

function actOnMessage(event: KeyboardEvent, state: ChatState): boolean {
  const { acts, draft } = state;
  const target = event.target as Element;
  const key = keyOfElement(target);
  if (hasModifier(event)) return false;
  if (event.key === "Escape") return leaveMessage(target, state);
  const message = state.messages.peek().find((one) => keyOf(one) === key);
  if (message === undefined || acts.opened.peek() !== undefined) return false;
  if (!acts.canAnswer(message)) return false;
  if (event.key === "Enter" && target.matches(".message")) {
    target.querySelector<HTMLElement>(".action-bar button")?.focus();
    return true;
  }
  if (event.key === "r" || event.key === "R") {
    draft.reply(message);
    return true;
  }
  if (!acts.canChange(message)) return false;
  switch (event.key) {
    case "e":
    case "E":
      if (acts.canEdit(message)) draft.edit(message);
      return acts.canEdit(message);
    case "Delete":
    case "Backspace":
      acts.toggle(message, "remove");
      return true;
  }
  return false;
}

/** Out of what is open at the message, else to where one writes. */
function leaveMessage(target: Element, { acts, draft }: ChatState): boolean {
  if (acts.opened.peek() === undefined) draft.askFocus();
  else {
    target.closest<HTMLElement>(".message")?.focus();
    acts.close();
  }
  return true;
}

function hasModifier(event: KeyboardEvent): boolean {
  return event.altKey || event.ctrlKey || event.metaKey;
}

function keyAt({ target }: Event): string | undefined {
  return keyOfElement(target as Element | null);
}

function keyOfElement(element: Element | null): string | undefined {
  return element?.closest<HTMLElement>(".message")?.dataset["key"];
}
