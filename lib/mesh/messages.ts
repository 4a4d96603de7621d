/**
 * Entries of one channel as people read them: a message is a text or a file
 * with the edits, the deletion and the reactions that came after it, or before, for
 * the newest history comes first. Pure; what is the same for all peers that
 * hold the same entries does not depend on the order in which they came.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import { type EntryRef, refKey } from "../wire/entry.ts";
import type { Message, Reaction } from "./chat.ts";
import { fileOf } from "./shared_file.ts";
import type { KeptEntry } from "./verified_entry.ts";

/** Different emoji shown at one message: those that came first. */
export const EMOJI_PER_MESSAGE_MAX = 32;

/** What one user last said of one emoji at one message. */
interface Vote {
  on: boolean;
  /** When the user first put it there. */
  since: number;
  last: KeptEntry;
}

/** What is known of a message besides the entry that it is. */
interface Amendments {
  edit?: KeptEntry;
  deletion?: KeptEntry;
  votes: Map<string, Map<string, Vote>>;
}

export interface MessageBookOptions {
  /** The user whose page it is. */
  user: string;
  /** Whether it was written in this browser profile. */
  isOwn(author: DeviceKey): boolean;
}

/** What a change to the entries came to. */
export interface MessageChange {
  /** Oldest first. */
  added: Message[];
  /** Messages that are new, look different, or are gone. */
  refs: EntryRef[];
  /** They were kept here or asked for, and not pushed as they were written. */
  fetched?: boolean;
}

export class MessageBook {
  readonly #options: MessageBookOptions;
  readonly #said = new Map<string, KeptEntry>();
  readonly #amendments = new Map<string, Amendments>();
  readonly #built = new Map<KeptEntry, Message>();
  #order: KeptEntry[] = [];
  #list: readonly Message[] | undefined;

  constructor(options: MessageBookOptions) {
    this.#options = options;
  }

  /** Oldest first; the same list until something changes. */
  get list(): readonly Message[] {
    this.#list ??= this.#order.map((kept) => this.#message(kept));
    return this.#list;
  }

  get(ref: EntryRef): Message | undefined {
    const kept = this.#said.get(refKey(ref));
    return kept && this.#message(kept);
  }

  add(entries: readonly KeptEntry[]): MessageChange {
    const added: KeptEntry[] = [];
    const refs = new Map<string, EntryRef>();
    for (const kept of entries) {
      const ref = targetOf(kept);
      if (ref === undefined) continue;
      const key = refKey(ref);
      if (isSaid(kept)) {
        if (this.#said.has(key)) continue;
        this.#said.set(key, kept);
        added.push(kept);
      } else this.#amend(key, kept);
      const said = this.#said.get(key);
      if (said === undefined) continue;
      this.#built.delete(said);
      refs.set(key, ref);
    }
    this.#place(added.sort(compare));
    this.#list = undefined;
    return {
      added: added.map((kept) => this.#message(kept)),
      refs: [...refs.values()],
    };
  }

  /** These are past keeping: messages go with the entry that they are. */
  drop(entries: readonly KeptEntry[]): MessageChange {
    const refs: EntryRef[] = [];
    for (const kept of entries) {
      const ref = targetOf(kept);
      const key = ref === undefined ? "" : refKey(ref);
      if (!isSaid(kept) && this.#said.has(key)) continue;
      this.#amendments.delete(key);
      const said = this.#said.get(key);
      if (ref === undefined || said === undefined) continue;
      this.#said.delete(key);
      this.#built.delete(said);
      refs.push(ref);
    }
    if (refs.length > 0) {
      this.#order = this.#order.filter(({ entry }) =>
        this.#said.has(refKey(entry))
      );
      this.#list = undefined;
    }
    return { added: [], refs };
  }

  /** What is new mostly belongs at the end. */
  #place(added: KeptEntry[]): void {
    const [last, first] = [this.#order.at(-1), added[0]];
    const isAtEnd = !last || !first || compare(last, first) < 0;
    this.#order.push(...added);
    if (!isAtEnd) this.#order.sort(compare);
  }

  #amend(key: string, kept: KeptEntry): void {
    const { entry } = kept;
    const amendments: Amendments = this.#amendments.get(key) ??
      { votes: new Map() };
    this.#amendments.set(key, amendments);
    if (entry.kind === "edit") {
      const before = amendments.edit?.entry.seq ?? 0;
      if (entry.seq > before) amendments.edit = kept;
    } else if (entry.kind === "delete") amendments.deletion ??= kept;
    else if (entry.kind === "reaction") {
      const votes = amendments.votes.get(entry.emoji) ?? new Map();
      amendments.votes.set(entry.emoji, votes);
      vote(votes, kept, entry.on);
    }
  }

  #message(kept: KeptEntry): Message {
    let built = this.#built.get(kept);
    if (built === undefined) {
      built = this.#build(kept);
      this.#built.set(kept, built);
    }
    return built;
  }

  #build({ entry, user, at, via }: KeptEntry): Message {
    const { author, seq, channel } = entry;
    const { edit, deletion, votes } = this.#amendments.get(refKey(entry)) ?? {};
    const deleted = deletion !== undefined;
    const isText = entry.kind === "text";
    const edited = !deleted && isText && edit !== undefined;
    const message: Message = {
      channel,
      ref: { author, seq },
      user,
      text: deleted || !isText ? "" : textOf(edit) ?? entry.text,
      at,
      edited,
      deleted,
      reactions: deleted || votes === undefined ? [] : this.#reactions(votes),
      own: this.#options.isOwn(author),
    };
    const file = deleted ? undefined : fileOf(entry);
    if (file !== undefined) message.file = file;
    const isSaid = isText || entry.kind === "file";
    if (isSaid && entry.replyTo) message.replyTo = entry.replyTo;
    if (via !== undefined) message.via = via;
    return message;
  }

  #reactions(votes: Amendments["votes"]): Reaction[] {
    const reactions: (Reaction & { since: number })[] = [];
    for (const [emoji, byUser] of votes) {
      const on = [...byUser].filter(([, vote]) => vote.on)
        .sort(([a, { since: x }], [b, { since: y }]) =>
          x - y || (a < b ? -1 : 1)
        );
      const [first] = on;
      if (first === undefined) continue;
      const users = on.map(([user]) => user);
      const own = users.includes(this.#options.user);
      reactions.push({ emoji, users, own, since: first[1].since });
    }
    return reactions
      .sort((a, b) => a.since - b.since || (a.emoji < b.emoji ? -1 : 1))
      .slice(0, EMOJI_PER_MESSAGE_MAX)
      .map(({ emoji, users, own }) => ({ emoji, users, own }));
  }
}

/** A user's latest word counts, from whichever device it came. */
function vote(votes: Map<string, Vote>, kept: KeptEntry, on: boolean): void {
  const { user, entry: { time } } = kept;
  const before = votes.get(user);
  const since = Math.min(before?.since ?? time, time);
  const isLast = before === undefined || compareWritten(before.last, kept) < 0;
  if (isLast) votes.set(user, { on, since, last: kept });
  else votes.set(user, { ...before, since });
}

/** The message that an entry is, or is about; undefined where it shows none. */
function targetOf({ entry }: KeptEntry): EntryRef | undefined {
  const { author, seq } = entry;
  switch (entry.kind) {
    case "text":
    case "file":
      return { author, seq };
    case "edit":
    case "delete":
      return { author, seq: entry.target };
    case "reaction":
      return entry.target;
    case "other":
      return undefined;
  }
}

/** Whether it is a message by itself, and not about another one. */
function isSaid({ entry: { kind } }: KeptEntry): boolean {
  return kind === "text" || kind === "file";
}

function textOf(edit: KeptEntry | undefined): string | undefined {
  return edit?.entry.kind === "edit" ? edit.entry.text : undefined;
}

function compareWritten(a: KeptEntry, b: KeptEntry): number {
  return a.entry.time - b.entry.time || compareRefs(a.entry, b.entry);
}

function compare(a: KeptEntry, b: KeptEntry): number {
  return a.at - b.at || compareRefs(a.entry, b.entry);
}

function compareRefs(a: EntryRef, b: EntryRef): number {
  if (a.author !== b.author) return a.author < b.author ? -1 : 1;
  return a.seq - b.seq;
}
