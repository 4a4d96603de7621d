/**
 * One honest member of the sync simulator: the real history, with its sync core,
 * inbox, author, store writer and catching up, over a simulated disk; and what
 * it was seen to do.
 * @module
 */
import type { Clock } from "../../lib/clock.ts";
import type { Retention } from "../../lib/mesh/channel_log.ts";
import { History } from "../../lib/mesh/history.ts";
import type { Keys, Signer } from "../../lib/mesh/keys.ts";
import type { KeptEntry } from "../../lib/mesh/verified_entry.ts";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import type { DeviceKey } from "../../lib/wire/device_key.ts";
import {
  decodeLinkMessage,
  encodeLinkMessage,
  type LinkMessage,
  type ReceivedMessage,
} from "../../lib/wire/link.ts";
import type { ChannelName, PeerId } from "../../lib/wire/names.ts";
import { certificateOf } from "../tools/cheap_keys.ts";
import type { SimDisk } from "./sim_disk.ts";

export const CHANNEL = "general";
/** All are in it, and nobody says anything there. */
export const SILENT_CHANNEL = "silent";

/** What survives a restart. */
export interface Device {
  user: string;
  disk: SimDisk;
  signer: Signer;
}

/** What a member needs of the simulator, and tells it. */
export interface SyncWorld {
  readonly clock: Clock;
  readonly keys: Pick<Keys, "verify" | "sha256">;
  readonly retention: Retention;
  readonly isFullMesh: boolean;
  /** Whether the server tells the time before the disk has told its history. */
  toldTimeFirst(): boolean;
  /** Whether nobody else can be met. */
  isAlone(member: SyncMember): boolean;
  send(from: SyncMember, to: PeerId, text: string): void;
  strike(by: SyncMember, peer: PeerId, reason: string): void;
  /** A device made that signature. */
  signed(signature: string): void;
  /** `member` shows that from now on. */
  kept(member: SyncMember, channel: ChannelName, entries: KeptEntry[]): void;
  /** What must not happen. */
  wrong(member: SyncMember, what: string): void;
  trace(line: string): void;
}

export class SyncMember {
  readonly peer: PeerId;
  readonly device: Device;
  readonly history: History;
  readonly strikes = new Map<PeerId, number>();
  readonly #world: SyncWorld;
  readonly #clock: Clock;
  /** When it could first be met; Infinity before. */
  readyAt = Infinity;
  /** Whoever it was linked to first. */
  firstMet: PeerId | undefined;
  /** At some time nobody else was within reach. */
  wasAlone = false;
  /** Switched off, or closed. */
  isOff = false;

  constructor(
    peer: PeerId,
    { device, clockOffsetMs, world }: {
      device: Device;
      clockOffsetMs: number;
      world: SyncWorld;
    },
  ) {
    this.peer = peer;
    this.device = device;
    this.#world = world;
    this.#clock = {
      now: () => world.clock.now() + clockOffsetMs,
      after: (delayMs, run) =>
        world.clock.after(delayMs, () => {
          if (!this.isOff) run();
        }),
    };
    this.history = this.#newHistory();
  }

  get user(): string {
    return this.device.user;
  }

  get isReady(): boolean {
    return this.readyAt < Infinity;
  }

  get key(): DeviceKey {
    return this.device.signer.key;
  }

  /** As lib/mesh/peer.ts does it. */
  async start(): Promise<void> {
    const { history } = this;
    await history.start();
    const isFirst = this.#world.toldTimeFirst();
    const tellTime = () => history.setServerTime(this.#world.clock.now());
    if (isFirst) tellTime();
    const entered = [SILENT_CHANNEL, CHANNEL].map((one) => history.join(one));
    await Promise.all(entered);
    if (this.isOff) return;
    if (!isFirst) tellTime();
    for (const channel of history.channels) {
      const { isFullMesh } = this.#world;
      history.setShape(channel, { size: Infinity, isFullMesh });
    }
    await history.identified({
      certificate: certificateOf(this.user, this.key),
      signer: this.#noted(this.device.signer),
    });
    this.readyAt = this.#world.clock.now();
  }

  /** Now and then something other than a text. */
  write(dice: number): void {
    const own = this.history.entries(CHANNEL)
      .filter(({ entry }) => entry.author === this.key);
    const target = 1 + Math.floor(dice * 1_000) % Math.max(1, own.length);
    const ref = { author: this.key, seq: target };
    const { history } = this;
    const isFirst = own.length === 0;
    const text = `${this.user} ${dice}`;
    this.#world.trace(`write ${text}`);
    const writing = isFirst || dice >= 0.2
      ? history.say(CHANNEL, text)
      : dice < 0.1
      ? history.remove(CHANNEL, ref)
      : history.edit(CHANNEL, ref, text);
    writing.catch((error) => this.#world.wrong(this, String(error)));
  }

  linkUp(other: SyncMember): void {
    const { peer, user, key } = other;
    const info = { peer, user, device: key };
    this.firstMet ??= peer;
    this.history.linkUp(info, other.history.channels);
  }

  hear(from: PeerId, text: string): void {
    let message: ReceivedMessage;
    try {
      message = decodeLinkMessage(text);
    } catch (error) {
      return this.#world.strike(this, from, String(error));
    }
    this.history.receive(from, message);
  }

  /** The page is closed: what it has to write is still written. */
  close(): void {
    this.history.stop();
    this.isOff = true;
  }

  #newHistory(): History {
    const world = this.#world;
    const { user, disk } = this.device;
    return new History({
      ...{ user, keys: world.keys, clock: this.#clock, store: disk.open() },
      retentionOf: () => world.retention,
      isGenuine: ({ user, key, signature }) =>
        Promise.resolve(signature === certificateOf(user, key).signature),
      isAlone: () => world.isAlone(this),
      events: {
        send: (to, message) => this.#send(to, message),
        strike: (peer, reason) => world.strike(this, peer, reason),
        messagesChanged: () => {},
        entriesKept: (channel, entries) =>
          world.kept(this, channel, [...entries]),
        entriesDropped: () => {},
        deliveryChanged: () => {},
        storageFailed: () => world.wrong(this, "cannot store"),
        forkFound: (_channel, { user }) =>
          world.trace(`${this.user} finds a fork of ${user}`),
      },
    });
  }

  #send(to: PeerId, message: LinkMessage): void {
    this.#world.send(this, to, encodeLinkMessage(message));
  }

  #noted({ key, sign }: Signer): Signer {
    return {
      key,
      sign: async (bytes) => {
        const signature = await sign(bytes);
        this.#world.signed(encodeBase64Url(signature));
        return signature;
      },
    };
  }
}
