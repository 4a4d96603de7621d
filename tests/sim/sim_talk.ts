/**
 * The thinnest log that can travel over a Broadcast: numbered payloads of one
 * channel, pushed, told of, asked for. It stands where sync does, so that a
 * simulation of ten thousand shows what overlay and tree do, and little else.
 * @module
 */
import { Broadcast } from "../../lib/mesh/broadcast.ts";
import type { ChannelName, PeerId } from "../../lib/wire/names.ts";

export const TELL_DELAY_MS = 100;
const WANT_TIMEOUT_MS = 5_000;

type TalkMessage =
  | { type: "push"; entry: number; hops: number }
  | { type: "have"; entries: number[]; all: boolean }
  | { type: "want"; entries: number[]; graft: boolean }
  | { type: "entries"; entries: [entry: number, hops: number][]; live: boolean }
  | { type: "prune" };

export interface TalkHost {
  channel: ChannelName;
  now(): number;
  after(delayMs: number, run: () => void): void;
  send(to: PeerId, text: string): void;
  isFullMesh(): boolean;
  /** A payload came, for the first time or not. */
  copied(entry: number, hops: number, isNew: boolean): void;
}

interface Missing {
  announcers: PeerId[];
  since: number;
  askAt: number;
  live: boolean;
}

export class SimTalk {
  readonly #host: TalkHost;
  readonly #broadcast = new Broadcast();
  readonly #neighbours = new Set<PeerId>();
  /** Entry -> hops that it took. */
  readonly held = new Map<number, number>();
  readonly #missing = new Map<number, Missing>();
  readonly #untold = new Map<PeerId, number[]>();

  constructor(host: TalkHost) {
    this.#host = host;
  }

  write(entry: number): void {
    this.held.set(entry, 0);
    this.#spread(entry, 0);
  }

  linkUp(peer: PeerId): void {
    this.#neighbours.add(peer);
    this.#broadcast.neighbourUp(this.#host.channel, peer);
    this.#say(peer, {
      type: "have",
      entries: [...this.held.keys()],
      all: true,
    });
  }

  linkDown(peer: PeerId): void {
    this.#neighbours.delete(peer);
    this.#untold.delete(peer);
    this.#broadcast.neighbourDown(this.#host.channel, peer);
  }

  receive(from: PeerId, text: string): void {
    const message = JSON.parse(text) as TalkMessage;
    if (!this.#neighbours.has(from)) return;
    switch (message.type) {
      case "push":
        return this.#pushed(from, message);
      case "have":
        return this.#told(from, message);
      case "want":
        return this.#asked(from, message);
      case "entries":
        for (const [entry, hops] of message.entries) {
          this.#take(entry, hops, message.live ? from : undefined);
        }
        return;
      case "prune":
        this.#broadcast.pruned(this.#host.channel, from);
    }
  }

  #pushed(
    from: PeerId,
    { entry, hops }: { entry: number; hops: number },
  ): void {
    const { channel } = this.#host;
    this.#follow();
    const missing = this.#missing.get(entry);
    if (!this.#take(entry, hops, from)) {
      if (this.#broadcast.duplicate(channel, from)) {
        this.#say(from, { type: "prune" });
      }
      return;
    }
    this.#broadcast.firstReceipt(channel, from);
    const [announcer] = missing?.announcers ?? [];
    if (missing === undefined || announcer === undefined) return;
    const byMs = this.#host.now() - missing.since;
    const detour = { announcer, pusher: from, byMs };
    if (!this.#broadcast.overtaken(channel, detour)) return;
    this.#say(announcer, { type: "want", entries: [], graft: true });
    this.#say(from, { type: "prune" });
  }

  /** Whether it is new; what is live is passed on. */
  #take(entry: number, hops: number, from: PeerId | undefined): boolean {
    const isNew = !this.held.has(entry);
    this.#host.copied(entry, hops + 1, isNew);
    if (!isNew) return false;
    this.held.set(entry, hops + 1);
    this.#missing.delete(entry);
    if (from !== undefined) this.#spread(entry, hops + 1, from);
    else for (const peer of this.#neighbours) this.#tellSoon(peer, entry);
    return true;
  }

  #spread(entry: number, hops: number, from?: PeerId): void {
    this.#follow();
    const { push, tell } = this.#broadcast.route(this.#host.channel, from);
    for (const peer of push) this.#say(peer, { type: "push", entry, hops });
    for (const peer of tell) this.#tellSoon(peer, entry);
  }

  #tellSoon(peer: PeerId, entry: number): void {
    const waiting = this.#untold.get(peer);
    if (waiting !== undefined) return void waiting.push(entry);
    this.#untold.set(peer, [entry]);
    this.#host.after(TELL_DELAY_MS, () => {
      const entries = this.#untold.get(peer);
      this.#untold.delete(peer);
      if (entries !== undefined) {
        this.#say(peer, { type: "have", entries, all: false });
      }
    });
  }

  #told(
    from: PeerId,
    { entries, all }: { entries: number[]; all: boolean },
  ): void {
    this.#follow();
    const now = this.#host.now();
    const patience = all ? 0 : this.#broadcast.patienceMs(
      this.#host.channel,
      from,
      { authorIsLinked: true },
    );
    for (const entry of entries) {
      if (this.held.has(entry)) continue;
      const known = this.#missing.get(entry);
      if (known !== undefined) known.announcers.push(from);
      else {
        const askAt = now + patience;
        const announcers = [from];
        this.#missing.set(entry, { announcers, since: now, askAt, live: !all });
      }
    }
    if (patience === 0) this.#ask();
    else this.#host.after(patience, () => this.#ask());
  }

  #ask(): void {
    const now = this.#host.now();
    const wants = new Map<PeerId, { entries: number[]; graft: boolean }>();
    for (const [entry, missing] of this.#missing) {
      if (missing.askAt > now) continue;
      const { announcers, live } = missing;
      while (announcers[0] && !this.#neighbours.has(announcers[0])) {
        announcers.shift();
      }
      const peer = announcers.shift();
      if (peer === undefined) {
        this.#missing.delete(entry);
        continue;
      }
      announcers.push(peer);
      missing.askAt = now + WANT_TIMEOUT_MS;
      const want = wants.get(peer) ?? { entries: [], graft: false };
      want.entries.push(entry);
      want.graft ||= live;
      wants.set(peer, want);
    }
    for (const [peer, { entries, graft }] of wants) {
      const grafts = graft && this.#broadcast.graft(this.#host.channel, peer);
      this.#say(peer, { type: "want", entries, graft: grafts });
    }
    if (wants.size > 0) this.#host.after(WANT_TIMEOUT_MS, () => this.#ask());
  }

  #asked(
    from: PeerId,
    { entries, graft }: { entries: number[]; graft: boolean },
  ): void {
    if (graft) this.#broadcast.grafted(this.#host.channel, from);
    const answer = entries.flatMap((entry): [number, number][] => {
      const hops = this.held.get(entry);
      return hops === undefined ? [] : [[entry, hops]];
    });
    if (answer.length === 0) return;
    this.#say(from, { type: "entries", entries: answer, live: graft });
  }

  #follow(): void {
    const { channel } = this.#host;
    this.#broadcast.setFullMesh(channel, this.#host.isFullMesh());
  }

  #say(to: PeerId, message: TalkMessage): void {
    this.#host.send(to, JSON.stringify(message));
  }
}
