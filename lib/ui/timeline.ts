/**
 * What a channel's messages look like from top to bottom: days, and under them
 * what one person wrote in one go. Pure; knows local days, not languages.
 * @module
 */
import type { Message } from "../mesh/chat.ts";

/** A pause longer than this starts a new group. */
export const GROUP_PAUSE_MS = 5 * 60 * 1000;

/** The heading of a day. */
export interface DayItem {
  type: "day";
  key: string;
  at: number;
}

/** The line above the first message that was not seen yet. */
export interface NewItem {
  type: "new";
  key: string;
}

/** Consecutive messages of one author. */
export interface GroupItem {
  type: "group";
  key: string;
  user: string;
  at: number;
  messages: Message[];
}

export type TimelineItem = DayItem | NewItem | GroupItem;

/** Names a message within its channel. */
export function keyOf({ ref }: Pick<Message, "ref">): string {
  return `${ref.author}/${ref.seq}`;
}

/** Local midnight before `at`: equal for two times of one day. */
export function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/**
 * Messages, oldest first, as items; `newFrom` is the first unseen one's key.
 * What looks as it did in `before` is that item again, not to be drawn anew.
 */
export function timelineOf(
  messages: readonly Message[],
  newFrom?: string,
  before: readonly TimelineItem[] = [],
): TimelineItem[] {
  const known = new Map(before.map((item) => [item.key, item]));
  return itemsOf(messages, newFrom).map((item) => {
    const old = known.get(item.key);
    return old !== undefined && isSame(old, item) ? old : item;
  });
}

function itemsOf(
  messages: readonly Message[],
  newFrom: string | undefined,
): TimelineItem[] {
  const items: TimelineItem[] = [];
  let day: number | undefined;
  let group: GroupItem | undefined;
  for (const message of messages) {
    const key = keyOf(message);
    if (dayOf(message.at) !== day) {
      day = dayOf(message.at);
      // The key of the message below: a clock set back may repeat a day.
      items.push({ type: "day", key: `day/${key}`, at: day });
      group = undefined;
    }
    if (key === newFrom) {
      items.push({ type: "new", key: `new/${key}` });
      group = undefined;
    }
    if (group === undefined || !continues(group, message)) {
      const { user, at } = message;
      group = { type: "group", key, user, at, messages: [] };
      items.push(group);
    }
    group.messages.push(message);
  }
  return items;
}

function continues(group: GroupItem, message: Message): boolean {
  const last = group.messages.at(-1);
  return last !== undefined &&
    last.user === message.user && isOneAuthor(last, message) &&
    message.at - last.at <= GROUP_PAUSE_MS;
}

function isSame(a: TimelineItem, b: TimelineItem): boolean {
  if (a.type !== "group" || b.type !== "group") {
    return a.type === b.type && (a.type !== "day" || b.type !== "day" ||
      a.at === b.at);
  }
  return a.messages.length === b.messages.length &&
    a.messages.every((message, index) => message === b.messages[index]);
}

/** A message that is not signed yet has no author's key, but is our own. */
function isOneAuthor(a: Message, b: Message): boolean {
  return a.ref.author === b.ref.author || (a.own && b.own);
}
