/**
 * What small things that open over the log have in common: where they go, and
 * where the focus goes when they close.
 * @module
 */

/** Above their message, or below it where the log begins. */
export function goWhereRoomIs(box: HTMLElement | null): void {
  const log = box?.closest(".log")?.getBoundingClientRect();
  if (box === null || log === undefined) return;
  const isCut = box.getBoundingClientRect().top < log.top;
  box.classList.toggle("goes-below", isCut);
}

/** Back to the message: what has the focus now is about to go. */
export function focusMessageOf({ target }: Event): void {
  (target as Element).closest<HTMLElement>(".message")
    ?.focus({ preventScroll: true });
}

/** The returned function stops it. */
export function onPressOutside(
  box: Element | null | undefined,
  run: () => void,
): () => void {
  const listener = (event: Event) => {
    if (!box?.contains(event.target as Node)) run();
  };
  document.addEventListener("pointerdown", listener);
  return () => document.removeEventListener("pointerdown", listener);
}
