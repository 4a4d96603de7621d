/**
 * The real sync core as a member of a simulated mesh talks with it: signed and
 * verified by the cheap stand-in, without a store. Entries are numbered texts.
 * @module
 */
import type { LinkedInfo } from "../../lib/mesh/linked_peers.ts";
import { Sync } from "../../lib/mesh/sync.ts";
import type { SyncAction, SyncMessage } from "../../lib/mesh/sync_state.ts";
import type { VerifiedEntry } from "../../lib/mesh/verified_entry.ts";
import { decodeBase64Url, encodeBase64Url } from "../../lib/wire/base64url.ts";
import type { DeviceKey } from "../../lib/wire/device_key.ts";
import {
  encodeEntry,
  type Entry,
  type ReadEntry,
  readEntry,
  signingBytes,
} from "../../lib/wire/entry.ts";
import type { Certificate } from "../../lib/wire/identity.ts";
import {
  entriesOf,
  type LinkMessage,
  type ReceivedMessage,
} from "../../lib/wire/link.ts";
import type { ChannelName, PeerId } from "../../lib/wire/names.ts";
import { certificateOf, cheapKeys, deviceKey } from "../tools/cheap_keys.ts";

export interface TalkHost {
  channel: ChannelName;
  now(): number;
  after(delayMs: number, run: () => void): () => void;
  send(to: PeerId, message: LinkMessage): void;
  strike(peer: PeerId, reason: string): void;
  isFullMesh(): boolean;
  /** Members, ourselves included. */
  size(): number;
  /** A payload came from `from`, new or not. */
  copied(entry: number, from: PeerId): void;
  /** Now it is held, and shown as what that user says. */
  kept(entry: number, from: PeerId | undefined, user: string): void;
}

export class SyncTalk {
  /** The numbers of the entries that it holds. */
  readonly held = new Set<number>();
  readonly #host: TalkHost;
  readonly #key: DeviceKey;
  readonly #certificates = new Map<DeviceKey, Certificate>();
  readonly #sync = new Sync({
    certificateOf: (author) => this.#certificates.get(author),
  });
  #cancelTick = () => {};
  #tickAt = Infinity;

  constructor(user: string, host: TalkHost) {
    this.#host = host;
    this.#key = deviceKey(user);
    this.#certificates.set(this.#key, certificateOf(user, this.#key));
    this.#sync.setKey(this.#key);
    this.#perform(this.#sync.join(this.#host.channel, host.now()));
  }

  write(number: number): void {
    const now = this.#host.now();
    this.#follow();
    const head = this.#sync.nextHead(this.#host.channel, now);
    const text = String(number);
    const signed = encodeEntry(head, { kind: "text", text });
    const bytes = signingBytes(signed);
    const signature = encodeBase64Url(cheapKeys.sign(this.#key, bytes));
    const own = this.#verified({ entry: readEntry(signed), signed, signature });
    if (own !== undefined) this.#perform(this.#sync.commit(own, now));
  }

  /** How many others are known to hold each entry of ours, the first first. */
  receipts(): number[] {
    return this.#sync.view(this.#host.channel)
      .filter(({ entry }) => entry.author === this.#key)
      .toSorted((a, b) => a.entry.seq - b.entry.seq)
      .map(({ held }) => held ?? 0);
  }

  linkUp({ peer, user, device }: LinkedInfo): void {
    const info = { peer, user, device };
    const channels = [this.#host.channel];
    this.#perform(this.#sync.linkUp(info, channels, this.#host.now()));
  }

  linkDown(peer: PeerId): void {
    this.#perform(this.#sync.linkDown(peer, this.#host.now()));
  }

  receive(from: PeerId, message: ReceivedMessage): void {
    this.#follow();
    const now = this.#host.now();
    const verified = this.#verify(from, message);
    if (verified === undefined) return;
    this.#perform(this.#sync.receive(from, verified, now), from);
  }

  stop(): void {
    this.#cancelTick();
  }

  #follow(): void {
    this.#perform(this.#sync.setShape(this.#host.channel, {
      size: this.#host.size(),
      isFullMesh: this.#host.isFullMesh(),
    }));
  }

  #verify(from: PeerId, message: ReceivedMessage): SyncMessage | undefined {
    // Nobody has two of these logs.
    if (message.type === "fork-found") return undefined;
    const carries = message.type === "entries" ||
      message.type === "entry-written";
    if (!carries) return message;
    for (const certificate of message.certificates) {
      const { user, key, signature } = certificate;
      const isGenuine = certificateOf(user, key).signature === signature;
      if (isGenuine) this.#certificates.set(key, certificate);
    }
    const read = entriesOf(message);
    const verified = read.flatMap((entry) => this.#verified(entry) ?? []);
    for (const { entry } of verified) this.#host.copied(numberOf(entry), from);
    const mark = verified.length < read.length
      ? { uncertified: true as const }
      : {};
    if (message.type === "entries") {
      return { ...message, entries: verified, ...mark };
    }
    const [entry] = verified;
    return entry && { ...message, entry };
  }

  #verified(read: ReadEntry): VerifiedEntry | undefined {
    const { entry, signed, signature } = read;
    const known = this.#sync.known(this.#host.channel, entry, read);
    if (known !== undefined) return known;
    const certificate = this.#certificates.get(entry.author);
    if (certificate === undefined) return undefined;
    const bytes = signingBytes(signed);
    const raw = decodeBase64Url(signature) ?? new Uint8Array();
    if (!cheapKeys.verify(entry.author, bytes, raw)) return undefined;
    const hash = encodeBase64Url(cheapKeys.sha256(bytes));
    return { entry, signed, signature, hash, user: certificate.user };
  }

  #perform(actions: SyncAction[], from?: PeerId): void {
    for (const action of actions) {
      switch (action.type) {
        case "send":
          this.#host.send(action.to, action.message);
          break;
        case "keep":
          for (const { entry, user } of action.kept) {
            this.held.add(numberOf(entry));
            this.#host.kept(numberOf(entry), from, user);
          }
          break;
        case "strike":
          this.#host.strike(action.peer, action.reason);
      }
    }
    this.#schedule();
  }

  #schedule(): void {
    const due = this.#sync.dueAt;
    if (due === this.#tickAt) return;
    this.#cancelTick();
    this.#tickAt = due;
    if (due === Infinity) return;
    const delayMs = Math.max(0, due - this.#host.now());
    this.#cancelTick = this.#host.after(delayMs, () => {
      this.#tickAt = Infinity;
      this.#perform(this.#sync.tick(this.#host.now()));
    });
  }
}

function numberOf(entry: Entry): number {
  return entry.kind === "text" ? Number(entry.text) : NaN;
}
