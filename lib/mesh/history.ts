/**
 * What is said in the channels of one peer: joins the sync core to the store,
 * the verifier and the author, and shows entries as messages. It performs what
 * the core decides. Links, tracker and people are not its business.
 *
 * An own entry is stored before anyone sees it, and the store takes it only
 * where it goes on from the end of the log: so two tabs that share a key, or a
 * crash at any moment, never make a fork. A store that fails can't promise that,
 * so its key is not written with any more: a new one is made that this page
 * alone knows.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { DeviceKey } from "../wire/device_key.ts";
import {
  checkText,
  type EntryBody,
  type EntryRef,
  isEmoji,
} from "../wire/entry.ts";
import type { Certificate } from "../wire/identity.ts";
import type { FileInfo } from "../wire/file.ts";
import type { LinkMessage, ReceivedMessage } from "../wire/link.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import { Author } from "./author.ts";
import { CatchingUp } from "./catching_up.ts";
import { CertificateBook } from "./certificate_book.ts";
import type { Retention } from "./channel_log.ts";
import type { Message } from "./chat.ts";
import { EntryVerifier } from "./entry_verifier.ts";
import type { Identity } from "./identity_client.ts";
import { Inbox } from "./inbox.ts";
import { intactRows } from "./intact_rows.ts";
import type { Keys, Signer } from "./keys.ts";
import type { LinkedInfo } from "./linked_peers.ts";
import { MessageBook, type MessageChange } from "./messages.ts";
import type { Store } from "./store.ts";
import { StoreWriter } from "./store_writer.ts";
import { Sync } from "./sync.ts";
import type {
  ChannelShape,
  KnownFork,
  SyncAction,
  SyncMessage,
} from "./sync_state.ts";
import { Timers } from "./timers.ts";
import type { KeptEntry, VerifiedEntry } from "./verified_entry.ts";

/** Own messages of a channel that wait for a signature and the store. */
export const PENDING_MAX = 1_000;
/** Author of a message that is not signed yet; its numbers are its own. */
const PENDING_AUTHOR = "pending";

export interface HistoryEvents {
  send(to: PeerId, message: LinkMessage): void;
  strike(peer: PeerId, reason: string): void;
  messagesChanged(channel: ChannelName, change: MessageChange): void;
  /** Kept from now on, or since before the start; an entry may come twice. */
  entriesKept(channel: ChannelName, entries: readonly KeptEntry[]): void;
  entriesDropped(channel: ChannelName, entries: readonly KeptEntry[]): void;
  deliveryChanged(channel: ChannelName): void;
  /** A key is needed that no other page and no later load knows. */
  storageFailed(): void;
  forkFound(channel: ChannelName, known: KnownFork & { own: boolean }): void;
}

export interface HistoryOptions {
  user: string;
  keys: Pick<Keys, "verify" | "sha256">;
  store: Store;
  clock: Clock;
  /** How much of a channel is kept; the limits of channel_log.ts otherwise. */
  retentionOf?: ((channel: ChannelName) => Retention) | undefined;
  /** Whether the server certified this at any time. */
  isGenuine(certificate: Certificate): Promise<boolean>;
  /** Whether the tracker knows of nobody else in `channel`. */
  isAlone(channel: ChannelName): boolean;
  events: HistoryEvents;
}

export class History {
  readonly storage: StoreWriter;
  readonly #options: HistoryOptions;
  readonly #sync: Sync;
  readonly #certificates: CertificateBook;
  readonly #inbox: Inbox;
  readonly #author: Author;
  readonly #catchingUp: CatchingUp;
  readonly #tickTimer: Timers;
  /** When the timer is set to go off. */
  #tickAt = Infinity;
  readonly #books = new Map<ChannelName, MessageBook>();
  readonly #loads = new Map<ChannelName, Promise<void>>();
  readonly #pending = new Map<ChannelName, Message[]>();
  /** Keys whose logs were written in this browser profile. */
  readonly #ownKeys = new Set<DeviceKey>();
  #identified = Promise.withResolvers<Signer>();
  #certificate: Certificate | undefined;
  #pendingCount = 0;
  #stopped = false;

  constructor(options: HistoryOptions) {
    const { store, clock, keys, events, isGenuine } = options;
    this.#options = options;
    this.#tickTimer = new Timers(clock);
    const failed = () => this.#storageFailed();
    this.storage = new StoreWriter({ store, clock, failed });
    this.#certificates = new CertificateBook({
      isGenuine,
      learned: (one) => this.storage.write((it) => it.keepCertificate(one)),
      forgotten: (one) => this.storage.write((it) => it.forgetCertificate(one)),
    });
    this.#sync = new Sync({
      certificateOf: (author) => this.#certificates.get(author),
      retentionOf: options.retentionOf,
    });
    this.#catchingUp = new CatchingUp({
      clock,
      isCaughtUp: (channel) =>
        options.isAlone(channel) || this.#sync.isCaughtUp(channel),
    });
    const verifier = new EntryVerifier({
      keys,
      certificates: this.#certificates,
      known: (channel, ref, entry) => this.#sync.known(channel, ref, entry),
    });
    this.#inbox = new Inbox({
      verifier,
      deliver: (from, message) => this.#deliver(from, message),
      strike: (peer, reason) => events.strike(peer, reason),
    });
    this.#author = this.#newAuthor();
  }

  /** This device's certificate, once it has one. */
  get certificate(): Certificate | undefined {
    return this.#certificate;
  }

  get channels(): ChannelName[] {
    return this.#sync.channels;
  }

  setShape(channel: ChannelName, shape: ChannelShape): void {
    this.#perform(this.#sync.setShape(channel, shape));
  }

  /** Reads what belongs to no channel. */
  async start(): Promise<void> {
    const kept = await this.storage.read((store) => store.certificates(), []);
    this.#certificates.restore(kept);
  }

  stop(): void {
    this.#stopped = true;
    this.#tickTimer.clear();
    this.#catchingUp.stop();
    this.storage.close();
  }

  /** The device has a key and a certificate, or new ones. */
  async identified({ certificate, signer }: Identity): Promise<void> {
    await this.#certificates.learn(certificate);
    this.#certificate = certificate;
    this.#ownKeys.add(signer.key);
    this.#sync.setKey(signer.key);
    this.#catchingUp.meet();
    this.#catchingUp.check();
    this.#identified.resolve(signer);
  }

  /** The server's time, told just now. */
  setServerTime(serverNow: number): void {
    this.#sync.setServerTime(serverNow, this.#options.clock.now());
  }

  /** Joins at once; what was kept of the channel follows from the store. */
  join(channel: ChannelName): Promise<void> {
    this.#catchingUp.begin(channel);
    this.#perform(this.#sync.join(channel, this.#options.clock.now()));
    const loaded = this.#load(channel);
    this.#loads.set(channel, loaded);
    return loaded;
  }

  leave(channel: ChannelName): void {
    this.#perform(this.#sync.leave(channel));
    this.#catchingUp.end(channel);
    this.#books.delete(channel);
    this.#loads.delete(channel);
  }

  linkUp(info: LinkedInfo, channels: ChannelName[]): void {
    const now = this.#options.clock.now();
    this.#perform(this.#sync.linkUp(info, channels, now));
  }

  linkDown(peer: PeerId): void {
    this.#inbox.closed(peer);
    this.#perform(this.#sync.linkDown(peer, this.#options.clock.now()));
  }

  receive(from: PeerId, message: ReceivedMessage): void {
    this.#inbox.receive(from, message);
  }

  /** The key with which a linked peer writes, where its hello named one. */
  deviceOf(peer: PeerId): DeviceKey | undefined {
    return this.#sync.deviceOf(peer);
  }

  members(channel: ChannelName): PeerId[] {
    return this.#sync.members(channel);
  }

  isFetching(channel: ChannelName): boolean {
    return this.#sync.isFetching(channel);
  }

  /** Oldest first; what is not signed yet at the end. */
  messages(channel: ChannelName): readonly Message[] {
    const list = this.#books.get(channel)?.list ?? [];
    const pending = this.#pending.get(channel) ?? [];
    return pending.length === 0 ? list : [...list, ...pending];
  }

  /** What is kept of a channel, in any order. */
  entries(channel: ChannelName): readonly KeptEntry[] {
    return this.#sync.view(channel);
  }

  /** Who holds it, and the most who ever did. */
  holders(
    channel: ChannelName,
    ref: EntryRef,
  ): { now: Set<string>; most: number } {
    return {
      now: this.#sync.holders(channel, ref),
      most: this.#sync.mostHolders(channel, ref),
    };
  }

  /** Shows it at once; resolves when it is signed and stored. */
  async say(
    channel: ChannelName,
    text: string,
    replyTo?: EntryRef,
  ): Promise<EntryRef> {
    checkText(text);
    const body = {
      kind: "text" as const,
      text: text.toWellFormed(),
      ...replying(replyTo),
    };
    const pending = this.#addPending(channel, body);
    try {
      const { entry } = await this.#author.write(channel, body);
      this.#removePending(pending);
      return { author: entry.author, seq: entry.seq };
    } catch (error) {
      this.#removePending(pending);
      throw error;
    }
  }

  /** Says that a file can be had; resolves when that is signed and stored. */
  async share(
    channel: ChannelName,
    file: FileInfo,
    replyTo?: EntryRef,
  ): Promise<EntryRef> {
    const body = { kind: "file" as const, ...file, ...replying(replyTo) };
    const { entry } = await this.#author.write(channel, body);
    return { author: entry.author, seq: entry.seq };
  }

  async edit(
    channel: ChannelName,
    ref: EntryRef,
    text: string,
  ): Promise<void> {
    checkText(text);
    const target = this.#ownSeq(ref);
    const body = { kind: "edit" as const, target, text: text.toWellFormed() };
    await this.#author.write(channel, body);
  }

  async remove(channel: ChannelName, ref: EntryRef): Promise<void> {
    const target = this.#ownSeq(ref);
    await this.#author.write(channel, { kind: "delete", target });
  }

  async react(
    channel: ChannelName,
    { author, seq }: EntryRef,
    { emoji, on }: { emoji: string; on: boolean },
  ): Promise<void> {
    if (!isEmoji(emoji)) throw new RangeError(`Cannot react with "${emoji}"`);
    const target = { author, seq };
    await this.#author.write(channel, { kind: "reaction", target, emoji, on });
  }

  /** An author changes its own log only, so what this device wrote. */
  #ownSeq({ author, seq }: EntryRef): number {
    if (author === this.#certificate?.key) return seq;
    throw new RangeError("Cannot change a message that another device wrote");
  }

  #newAuthor(): Author {
    const { user, keys, clock } = this.#options;
    return new Author({
      ...{ user, keys, clock },
      ready: async (channel) => {
        // First: what was written before its channel was joined waits as well.
        const signer = await this.#identified.promise;
        await this.#loads.get(channel);
        await this.#catchingUp.over(channel);
        return signer;
      },
      nextHead: (channel, now) => this.#sync.nextHead(channel, now),
      keep: (own) => this.#keepOwn(own),
      commit: (own) => this.#perform(this.#sync.commit(own, clock.now())),
    });
  }

  async #keepOwn(own: VerifiedEntry): Promise<boolean> {
    const { author, time } = own.entry;
    // Of a key that only this page knows: nobody could go on with its log.
    if (!this.storage.works) return author === this.#certificate?.key;
    const kept = await this.storage.append({ ...own, at: time });
    if (kept === "kept") return true;
    if (kept === "moved") await this.#followStore(own);
    return false;
  }

  /**
   * The stored log ends elsewhere: further on, where another tab wrote, or too
   * early, where the store had lost what others gave back.
   */
  async #followStore({ entry }: VerifiedEntry): Promise<void> {
    const { channel, author, seq, prev } = entry;
    if (prev !== null) {
      const head = { seq: seq - 1, hash: prev };
      this.storage.write((store) => store.raiseHead(channel, author, head));
    }
    await this.#load(channel);
  }

  #storageFailed(): void {
    this.#certificate = undefined;
    this.#identified = Promise.withResolvers<Signer>();
    this.#options.events.storageFailed();
  }

  async #load(channel: ChannelName): Promise<void> {
    const stored = await this.storage.load(channel);
    stored.entries = await intactRows(stored.entries, this.#options.keys);
    if (this.#stopped || !this.#sync.channels.includes(channel)) return;
    for (const author of stored.heads.keys()) this.#ownKeys.add(author);
    const { clock, events } = this.#options;
    this.#perform(this.#sync.restore(channel, stored, clock.now()));
    // Anew: what is known to be our own has changed.
    this.#books.delete(channel);
    const view = this.#sync.view(channel);
    events.entriesKept(channel, view);
    const change = this.#book(channel).add(view);
    events.messagesChanged(channel, { ...change, fetched: true });
  }

  #book(channel: ChannelName): MessageBook {
    let book = this.#books.get(channel);
    if (book === undefined) {
      const isOwn = (author: DeviceKey) => this.#ownKeys.has(author);
      book = new MessageBook({ user: this.#options.user, isOwn });
      this.#books.set(channel, book);
    }
    return book;
  }

  #addPending(
    channel: ChannelName,
    body: EntryBody & { kind: "text" },
  ): Message {
    const list = this.#pending.get(channel) ?? [];
    if (list.length >= PENDING_MAX) {
      throw new RangeError(
        `Cannot send to "${channel}": ${PENDING_MAX} messages wait to be stored`,
      );
    }
    const message: Message = {
      channel,
      ref: { author: PENDING_AUTHOR, seq: ++this.#pendingCount },
      user: this.#options.user,
      text: body.text,
      at: this.#options.clock.now(),
      edited: false,
      deleted: false,
      reactions: [],
      own: true,
      pending: true,
    };
    if (body.replyTo !== undefined) message.replyTo = body.replyTo;
    this.#pending.set(channel, [...list, message]);
    const change = { added: [message], refs: [message.ref] };
    this.#options.events.messagesChanged(channel, change);
    return message;
  }

  #removePending(message: Message): void {
    const { channel, ref } = message;
    const list = this.#pending.get(channel) ?? [];
    this.#pending.set(channel, list.filter((one) => one !== message));
    const change = { added: [], refs: [ref] };
    this.#options.events.messagesChanged(channel, change);
  }

  #deliver(from: PeerId, message: SyncMessage): void {
    const now = this.#options.clock.now();
    const fetched = message.type === "entries";
    this.#perform(this.#sync.receive(from, message, now), { fetched });
  }

  #perform(actions: SyncAction[], { fetched = false } = {}): void {
    const { events } = this.#options;
    for (const action of actions) {
      switch (action.type) {
        case "send":
          events.send(action.to, action.message);
          break;
        case "keep": {
          const { channel, kept, stored } = action;
          if (!stored) this.storage.keep(kept);
          events.entriesKept(channel, kept);
          const change = this.#book(channel).add(kept);
          events.messagesChanged(channel, { ...change, fetched });
          break;
        }
        case "update":
          this.storage.keep(action.kept);
          break;
        case "forget": {
          const { channel, dropped } = action;
          this.storage.forget(dropped);
          events.entriesDropped(channel, dropped);
          events.messagesChanged(channel, this.#book(channel).drop(dropped));
          break;
        }
        case "fork-found":
          this.#forkFound(action);
          break;
        case "strike":
          events.strike(action.peer, action.reason);
          break;
        case "delivery-changed":
          events.deliveryChanged(action.channel);
      }
    }
    this.#catchingUp.check();
    this.#schedule();
  }

  #forkFound(
    { channel, known, isFirst }: SyncAction & { type: "fork-found" },
  ): void {
    this.storage.write((store) => store.keepFork(channel, known));
    if (!isFirst) return;
    const own = this.#ownKeys.has(known.author);
    this.#options.events.forkFound(channel, { ...known, own });
  }

  #tick(): void {
    this.#tickAt = Infinity;
    this.#perform(this.#sync.tick(this.#options.clock.now()));
  }

  #schedule(): void {
    const due = this.#sync.dueAt;
    if (due === this.#tickAt && !this.#stopped) return;
    this.#tickTimer.clear();
    this.#tickAt = due;
    if (this.#stopped || due === Infinity) return;
    const delayMs = Math.max(0, due - this.#options.clock.now());
    this.#tickTimer.after(delayMs, () => this.#tick());
  }
}

function replying(replyTo: EntryRef | undefined): { replyTo?: EntryRef } {
  if (replyTo === undefined) return {};
  return { replyTo: { author: replyTo.author, seq: replyTo.seq } };
}
