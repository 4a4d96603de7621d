/**
 * Fits what sync has to say into messages of bounded size.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { SignedEntry } from "../wire/entry.ts";
import type { Certificate } from "../wire/identity.ts";
import {
  type Entries,
  ENTRIES_PER_PAGE_MAX,
  type ForkFound,
  type Have,
  type HeldRun,
  LINK_FRAME_BYTES_MAX,
  type Range,
  ROWS_PER_HAVE_MAX,
  type Vector,
} from "../wire/link.ts";
import type { ChannelName } from "../wire/names.ts";
import type { Fork } from "./author_log.ts";
import type { ChannelLog } from "./channel_log.ts";
import { type KeptEntry, signedOf } from "./verified_entry.ts";

/** UTF-8 bytes of entries and certificates in one message. */
export const PAGE_BYTES_MAX = LINK_FRAME_BYTES_MAX - 1_024;
/** Messages in the answer to one question. */
export const PAGES_PER_ANSWER_MAX = 8;

const encoder = new TextEncoder();

function bytesOf(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).length + 1;
}

/** A vector in as many `have` messages as it takes. */
export function haves(channel: ChannelName, vector: Vector): Have[] {
  const messages: Have[] = [];
  let part = new Map<DeviceKey, readonly HeldRun[]>();
  let rows = 0;
  for (const [author, runs] of vector) {
    if (rows + runs.length > ROWS_PER_HAVE_MAX) {
      messages.push({ type: "have", channel, vector: part });
      part = new Map();
      rows = 0;
    }
    part.set(author, runs);
    rows += runs.length;
  }
  if (rows > 0) messages.push({ type: "have", channel, vector: part });
  return messages;
}

/**
 * The newest of what `ranges` ask for, newest first over all their authors, in
 * as many messages as an answer may have; one at least. `certify` gives the
 * certificate that is to go along with an author's entry.
 */
export function answerPages(
  log: ChannelLog,
  ranges: Range[],
  certify: (author: DeviceKey) => Certificate | undefined,
): Entries[] {
  const pages = [emptyPage(log.channel)];
  const certified = new Set<DeviceKey>();
  let bytes = 0;
  for (const kept of newestFirst(log, ranges)) {
    let page = pages.at(-1) as Entries;
    const { author } = kept.entry;
    const certificate = certified.has(author) ? undefined : certify(author);
    const size = bytesOf(signedOf(kept)) +
      (certificate === undefined ? 0 : bytesOf(certificate));
    const isFull = page.entries.length === ENTRIES_PER_PAGE_MAX ||
      page.entries.length > 0 && bytes + size > PAGE_BYTES_MAX;
    if (isFull) {
      if (pages.length === PAGES_PER_ANSWER_MAX) break;
      page.more = true;
      page = emptyPage(log.channel);
      pages.push(page);
      bytes = 0;
    }
    bytes += size;
    page.entries.push(signedOf(kept));
    if (certificate === undefined) continue;
    page.certificates.push(certificate);
    certified.add(author);
  }
  return pages;
}

function emptyPage(channel: ChannelName): Entries {
  return { type: "entries", channel, entries: [], certificates: [] };
}

/** Several logs, each from its newest down, as one. */
function* newestFirst(
  log: ChannelLog,
  ranges: Range[],
): Generator<KeptEntry> {
  const heads = ranges.map((range) => log.newestFirst(range))
    .map((rest) => ({ rest, next: rest.next() }));
  for (;;) {
    let newest: typeof heads[number] | undefined;
    for (const head of heads) {
      if (head.next.done) continue;
      if (
        newest?.next.done === false &&
        head.next.value.at <= newest.next.value.at
      ) {
        continue;
      }
      newest = head;
    }
    if (newest === undefined || newest.next.done) return;
    yield newest.next.value;
    newest.next = newest.rest.next();
  }
}

/** The news of a fork; undefined where its proof is too long to be sent. */
export function forkMessage(
  channel: ChannelName,
  { proof }: Fork,
  certificate: Certificate | undefined,
): ForkFound | undefined {
  const certificates = certificate === undefined ? [] : [certificate];
  const message: ForkFound = {
    type: "fork-found",
    channel,
    proof: proof.map((entry) => signedOf(entry)) as [SignedEntry, SignedEntry],
    certificates,
  };
  return bytesOf(message) > PAGE_BYTES_MAX ? undefined : message;
}
