/**
 * Reads what a store gives back: rows are checked like anything from outside,
 * for disks fail and older versions wrote them. What is not what it should be
 * any more counts as lost, and comes again from others.
 * @module
 */
import {
  type EntryHash,
  type EntryRef,
  isSameRef,
  readSignedEntry,
  SEQ_MAX,
} from "../wire/entry.ts";
import { type Certificate, readCertificate } from "../wire/identity.ts";
import { type ChannelName, channelNameOf, isUserName } from "../wire/names.ts";
import type { KnownFork, OwnHead } from "./sync_state.ts";
import { type KeptEntry, signedOf } from "./verified_entry.ts";

/** A kept entry as it is written to a store. */
export interface EntryRow {
  signed: string;
  signature: string;
  hash: EntryHash;
  user: string;
  at: number;
  via?: string;
  held?: number;
}

export function entryRow(
  { signed, signature, hash, user, at, via, held }: KeptEntry,
): EntryRow {
  const row: EntryRow = { signed, signature, hash, user, at };
  if (via !== undefined) row.via = via;
  if (held !== undefined) row.held = held;
  return row;
}

/** The kept entry in a row that is filed under `channel` and `ref`, or none. */
export function keptEntries(
  row: unknown,
  channel: ChannelName,
  ref: EntryRef,
): KeptEntry[] {
  if (row === undefined) return [];
  try {
    const { hash, user, at, via, held } = row as EntryRow;
    const read = readSignedEntry(row);
    const { entry } = read;
    const isFiled = entry.channel === channel &&
      isSameRef(entry, ref);
    if (!isFiled || !Number.isFinite(at) || !isUserName(user)) return [];
    if (typeof hash !== "string") return [];
    const kept: KeptEntry = { ...read, hash, user, at };
    if (isUserName(via)) kept.via = via;
    if (Number.isSafeInteger(held)) kept.held = held as number;
    return [kept];
  } catch {
    return [];
  }
}

export function ownHeads(row: unknown): OwnHead[] {
  const { seq, hash } = (row ?? {}) as Partial<OwnHead>;
  const isHead = Number.isSafeInteger(seq) && (seq as number) > 0 &&
    (seq as number) <= SEQ_MAX && typeof hash === "string";
  return isHead ? [{ seq: seq as number, hash: hash as string }] : [];
}

/** A fork as it is written to a store. */
export type ForkRow = Pick<KnownFork, "user" | "fork">;

export function forkRow({ user, fork }: KnownFork): ForkRow {
  const [a, b] = fork.proof;
  return {
    user,
    fork: { seq: fork.seq, proof: [signedOf(a), signedOf(b)] },
  };
}

export function knownForks(row: unknown, author: string): KnownFork[] {
  try {
    const { user, fork: { seq, proof: [a, b] } } = row as ForkRow;
    const entries = [readSignedEntry(a), readSignedEntry(b)];
    const isOf = entries.every(({ entry }) => entry.author === author) &&
      entries.some(({ entry }) => entry.seq === seq);
    if (!isOf || !isUserName(user)) return [];
    return [{
      author,
      user,
      fork: { seq, proof: [signedOf(a), signedOf(b)] },
    }];
  } catch {
    return [];
  }
}

export function certificates(row: unknown): Certificate[] {
  try {
    return [readCertificate(row)];
  } catch {
    return [];
  }
}

export function channelNames(row: unknown): ChannelName[] {
  return typeof row === "string" && channelNameOf(row) === row ? [row] : [];
}
