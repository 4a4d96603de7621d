/**
 * What a channel's entries look like from top to bottom: days, and under them
 * what one person wrote in one go. Pure; knows local days, not languages.
 * @module
 */
import type { KeptEntry } from "../mesh/chat.ts";

/** A pause longer than this starts a new group. */
export const GROUP_PAUSE_MS = 5 * 60 * 1000;

/** The heading of a day. */
export interface DayItem {
  type: "day";
  key: string;
  at: number;
}

/** The line above the first entry that was not seen yet. */
export interface NewItem {
  type: "new";
  key: string;
}

/** Consecutive entries of one author. */
export interface GroupItem {
  type: "group";
  key: string;
  user: string;
  at: number;
  messages: KeptEntry[];
}

export type TimelineItem = DayItem | NewItem | GroupItem;

/** Names an entry within its channel. */
export function keyOf({ entry }: KeptEntry): string {
  return `${entry.author}/${entry.seq}`;
}

/** Local midnight before `at`: equal for two times of one day. */
export function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Entries, oldest first, as items; `newFrom` is the first unseen one's key. */
export function timelineOf(
  entries: readonly KeptEntry[],
  newFrom?: string,
): TimelineItem[] {
  const items: TimelineItem[] = [];
  let day: number | undefined;
  let group: GroupItem | undefined;
  for (const kept of entries) {
    const key = keyOf(kept);
    if (dayOf(kept.at) !== day) {
      day = dayOf(kept.at);
      // The key of the entry below: a clock set back may repeat a day.
      items.push({ type: "day", key: `day/${key}`, at: day });
      group = undefined;
    }
    if (key === newFrom) {
      items.push({ type: "new", key: `new/${key}` });
      group = undefined;
    }
    if (group === undefined || !continues(group, kept)) {
      const { entry: { user }, at } = kept;
      group = { type: "group", key, user, at, messages: [] };
      items.push(group);
    }
    group.messages.push(kept);
  }
  return items;
}

function continues(group: GroupItem, kept: KeptEntry): boolean {
  const last = group.messages.at(-1);
  return last !== undefined &&
    last.entry.author === kept.entry.author &&
    last.entry.user === kept.entry.user &&
    kept.at - last.at <= GROUP_PAUSE_MS;
}
