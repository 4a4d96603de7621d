/**
 * Times as a person reads them, in the page's language and this machine's zone.
 * @module
 */
import { dayOf } from "./timeline.ts";
import type { Language } from "./site_words.ts";
import type { ChatWords } from "./words.ts";

/** Making a formatter costs a hundred times what using it does. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function format(
  at: number,
  locale: Language,
  options: Intl.DateTimeFormatOptions,
): string {
  const key = `${locale} ${JSON.stringify(options)}`;
  let formatter = formatters.get(key);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat(locale, options);
    formatters.set(key, formatter);
  }
  return formatter.format(at);
}

export function timeOfDay(at: number, locale: Language): string {
  return format(at, locale, { timeStyle: "short" });
}

export function dateAndTime(at: number, locale: Language): string {
  return format(at, locale, { dateStyle: "medium", timeStyle: "short" });
}

/** `bob, linh and Minh Anh` */
export function listOf(names: readonly string[], locale: Language): string {
  return new Intl.ListFormat(locale).format(names);
}

export function fullTime(at: number, locale: Language): string {
  return format(at, locale, { dateStyle: "full", timeStyle: "medium" });
}

/** `Today`, `Yesterday`, or the date; `today` is any time of this day. */
export function dayName(at: number, today: number, words: ChatWords): string {
  const day = dayOf(at);
  const midnight = dayOf(today);
  if (day === midnight) return words.today;
  // 12 hours back from midnight is yesterday, also when the clocks change.
  if (day === dayOf(midnight - 12 * 60 * 60 * 1000)) return words.yesterday;
  return format(at, words.locale, { dateStyle: "full" });
}
