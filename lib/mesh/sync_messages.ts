/**
 * Fits what sync has to say into messages of bounded size.
 * @module
 */
import {
  AUTHORS_PER_HAVE_MAX,
  ENTRIES_PER_PAGE_MAX,
  type Entry,
  type Have,
  type Range,
  TEXT_BYTES_MAX,
  type Vector,
} from "../wire/link.ts";
import type { ChannelName } from "../wire/names.ts";
import type { ChannelLog } from "./channel_log.ts";

/** UTF-8 bytes of entries in one message, below LINK_FRAME_BYTES_MAX. */
export const PAGE_BYTES_MAX = 50 * 1024;

const encoder = new TextEncoder();

/** RangeError where a text can't be a message. */
export function checkText(text: string): void {
  if (text.trim() === "") throw new RangeError("Cannot send an empty message");
  const bytes = encoder.encode(text).length;
  if (bytes <= TEXT_BYTES_MAX) return;
  throw new RangeError(
    `Cannot send ${bytes} bytes: a message may have ${TEXT_BYTES_MAX}`,
  );
}

/** A vector in as many `have` messages as it takes. */
export function haves(channel: ChannelName, vector: Vector): Have[] {
  const rows = [...vector];
  const messages: Have[] = [];
  for (let at = 0; at < rows.length; at += AUTHORS_PER_HAVE_MAX) {
    const part = new Map(rows.slice(at, at + AUTHORS_PER_HAVE_MAX));
    messages.push({ type: "have", channel, vector: part });
  }
  return messages;
}

/** The first entries of `ranges` that fit one message. */
export function page(log: ChannelLog, ranges: Range[]): Entry[] {
  const entries: Entry[] = [];
  let bytes = 0;
  for (const { author, after, upTo } of ranges) {
    const most = Math.min(upTo, after + ENTRIES_PER_PAGE_MAX);
    for (const entry of log.slice(author, after, most)) {
      bytes += encoder.encode(JSON.stringify(entry)).length + 1;
      if (entries.length > 0 && bytes > PAGE_BYTES_MAX) return entries;
      entries.push(entry);
      if (entries.length === ENTRIES_PER_PAGE_MAX) return entries;
    }
  }
  return entries;
}
