/**
 * Arrow keys among elements in rows: a toolbar is one row, a list one column.
 * @module
 */

/** Which of `count` elements a key leads to; undefined where to none. */
export function indexAfter(
  key: string,
  { index, count, columns }: { index: number; count: number; columns: number },
): number | undefined {
  const steps: Record<string, number> = {
    ...columns > 1 && { ArrowLeft: -1, ArrowRight: 1 },
    ...columns < count && { ArrowUp: -columns, ArrowDown: columns },
    Home: -index,
    End: count - 1 - index,
  };
  const step = steps[key];
  if (step === undefined) return undefined;
  const next = index + step;
  return next >= 0 && next < count ? next : undefined;
}

/** Moves the focus among the buttons in `box`. */
export function moveAmongButtons(
  event: KeyboardEvent,
  box: HTMLElement,
  columns = Infinity,
): void {
  const buttons = [...box.querySelectorAll("button")];
  const index = buttons.findIndex((button) => button === event.target);
  if (index < 0) return;
  const count = buttons.length;
  const next = indexAfter(event.key, { index, count, columns });
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  buttons[next]?.focus();
}
