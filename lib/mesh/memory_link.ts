/**
 * The in-memory twin of a WebRTC link: an offer, an answer, then messages in
 * order, all through signals and a clock, so that a test decides what is slow
 * or cut, and who sits in the middle. Each end has a certificate of its own; as
 * with DTLS, a link opens only where the one that is met is the one described.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Bytes } from "./keys.ts";
import type { Link, LinkOptions, LinkProblem, OpenLink } from "./link.ts";
import { type Fingerprint, fingerprintOf } from "../wire/link_proof.ts";
import type { PeerId } from "../wire/names.ts";
import type { LinkId, Signal } from "../wire/signal.ts";

/** Somebody who ends every link himself, and passes on what he likes. */
export interface MiddleMan {
  /** Of the certificate that he shows to everyone. */
  fingerprint: Fingerprint;
  /** What `to` gets of what `from` said. */
  pass(text: string, ends: { from: PeerId; to: PeerId }): string[];
}

/** Bytes of files on their way over one link, as a data channel holds them. */
export const BYTES_ON_THE_WAY_MAX = 1024 * 1024;

export interface Arrived {
  from: PeerId;
  to: PeerId;
  text?: string;
  bytes?: number;
}

/** The wires between all memory links of a test. */
export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #links = new Map<LinkId, MemoryLink[]>();
  /** While true, no link opens: offers and answers come to nothing. */
  blocked = false;
  /** No link of these opens. */
  readonly blockedPeers = new Set<PeerId>();
  middleMan: MiddleMan | undefined;
  /** Sees everything that arrives: a text, or how many bytes. */
  spy: (arrived: Arrived) => void = () => {};
  /** What becomes of each text on its way, for peers of other versions. */
  alter: (text: string) => string = (text) => text;
  /** How long what is said to a peer is on its way. */
  latencyMs: (to: PeerId) => number;

  constructor(clock: Clock, { latencyMs = 5 } = {}) {
    this.#clock = clock;
    this.latencyMs = () => latencyMs;
  }

  readonly open: OpenLink = (options) => {
    const link = new MemoryLink(this, options);
    const pair = this.#links.get(options.link) ?? [];
    this.#links.set(options.link, [...pair, link]);
    return link;
  };

  /** Runs `deliver` at the other end of `link`, a latency later. */
  carry(link: MemoryLink, deliver: (other: MemoryLink) => void): void {
    this.#clock.after(this.latencyMs(link.options.remote), () => {
      const pair = this.#links.get(link.id) ?? [];
      const other = pair.find((candidate) => candidate !== link);
      if (other !== undefined) deliver(other);
    });
  }

  /** The same, a message that passes whoever is in the middle. */
  carryText(link: MemoryLink, text: string): void {
    const { middleMan } = this;
    this.carry(link, (other) => {
      const ends = { from: other.options.remote, to: link.options.remote };
      const texts = middleMan?.pass(text, ends) ?? [this.alter(text)];
      for (const passed of texts) {
        this.spy({ ...ends, text: passed });
        other.receiveMessage(passed);
      }
    });
  }

  /** Bytes of a file; `arrived` once they are at the other end, if there is one. */
  carryBytes(link: MemoryLink, frame: Bytes, arrived: () => void): void {
    this.carry(link, (other) => {
      const ends = { from: other.options.remote, to: link.options.remote };
      this.spy({ ...ends, bytes: frame.length });
      other.receiveBytes(frame);
      arrived();
    });
  }

  /** The certificate that `link` meets; undefined where nobody is there yet. */
  metBy(link: MemoryLink): Fingerprint | undefined {
    if (this.middleMan !== undefined) return this.middleMan.fingerprint;
    const pair = this.#links.get(link.id) ?? [];
    return pair.find((candidate) => candidate !== link)?.fingerprint;
  }

  /** Whether nothing gets through `link`. */
  blocks(link: MemoryLink): boolean {
    const ends = (this.#links.get(link.id) ?? []).map((end) =>
      end.options.remote
    );
    return this.blocked || this.blockedPeers.has(link.options.remote) ||
      ends.some((end) => this.blockedPeers.has(end));
  }

  /** Whether a link between two peers is open. */
  isOpen(a: PeerId, b: PeerId): boolean {
    return [...this.#links.values()].some((pair) => {
      const ends = pair.filter(({ isOpen }) => isOpen)
        .map(({ options }) => options.remote);
      return ends.includes(a) && ends.includes(b);
    });
  }

  /** Breaks the link between two peers. */
  cutBetween(a: PeerId, b: PeerId): void {
    for (const pair of [...this.#links.values()]) {
      const ends = pair.map((link) => link.options.remote);
      if (!ends.includes(a) || !ends.includes(b)) continue;
      for (const link of pair) link.fail("broken");
    }
  }

  /** Breaks every link between any of `peers` and anyone else's. */
  cut(isCut: (link: MemoryLink) => boolean): void {
    for (const pair of [...this.#links.values()]) {
      for (const link of pair) if (isCut(link)) link.fail("broken");
    }
  }

  /** Has `from` say `texts` to `to`, whatever its code would. */
  inject(from: PeerId, to: PeerId, texts: string[]): void {
    for (const [a, b] of this.#links.values()) {
      if (a === undefined || b === undefined) continue;
      const [sender] = [a, b].filter((link) => link.options.remote === to);
      const [receiver] = [a, b].filter((link) => link.options.remote === from);
      if (receiver !== undefined) {
        for (const text of texts) sender?.send(text);
      }
    }
  }

  remove(link: MemoryLink): void {
    const rest = (this.#links.get(link.id) ?? []).filter((it) => it !== link);
    if (rest.length === 0) this.#links.delete(link.id);
    else this.#links.set(link.id, rest);
  }
}

export class MemoryLink implements Link {
  readonly id: LinkId;
  readonly options: LinkOptions;
  readonly fingerprint: Fingerprint;
  readonly #network: MemoryNetwork;
  #open = false;
  #closed = false;
  /** What came before this side was open; a data channel keeps it as well. */
  readonly #early: string[] = [];
  #bytesOnTheWay = 0;

  constructor(network: MemoryNetwork, options: LinkOptions) {
    this.#network = network;
    this.options = options;
    this.id = options.link;
    this.fingerprint = fingerprintFor(`${options.dials} ${options.link}`);
    if (options.dials) this.#describe("offer");
  }

  get isOpen(): boolean {
    return this.#open;
  }

  receive(signal: Signal): void {
    if (this.#network.blocks(this)) return;
    if (signal.type !== "offer" && signal.type !== "answer") return;
    const described = fingerprintOf(signal.sdp);
    if (signal.type === "offer") this.#describe("answer");
    const isMet = described === this.#network.metBy(this);
    if (described === undefined || !isMet) return this.#refused();
    this.#opened(described);
  }

  send(text: string): void {
    if (!this.#open) return;
    this.#network.carryText(this, text);
  }

  sendBytes(frame: Bytes): boolean {
    if (!this.#open) return false;
    this.#bytesOnTheWay += frame.length;
    this.#network.carryBytes(this, frame, () => {
      const wasFull = this.#bytesOnTheWay >= BYTES_ON_THE_WAY_MAX;
      this.#bytesOnTheWay -= frame.length;
      const isFull = this.#bytesOnTheWay >= BYTES_ON_THE_WAY_MAX;
      if (this.#open && wasFull && !isFull) this.options.events.drained();
    });
    return this.#bytesOnTheWay < BYTES_ON_THE_WAY_MAX;
  }

  restart(): void {}

  close(): void {
    if (this.#closed) return;
    const wasOpen = this.#open;
    this.#end();
    if (wasOpen) this.#network.carry(this, (other) => other.fail(undefined));
    else this.#network.remove(this);
  }

  fail(problem: LinkProblem | undefined): void {
    if (this.#closed) return;
    this.#end();
    this.#network.remove(this);
    this.options.events.closed(problem);
  }

  receiveMessage(text: string): void {
    if (this.#closed) return;
    if (this.#open) this.options.events.message(text);
    else this.#early.push(text);
  }

  receiveBytes(frame: Bytes): void {
    if (this.#open) this.options.events.bytes(frame);
  }

  #describe(type: "offer" | "answer"): void {
    const sdp = `a=fingerprint:sha-256 ${this.fingerprint}\r\n`;
    this.options.events.signal({ type, link: this.id, sdp });
  }

  #opened(remote: Fingerprint): void {
    if (this.#open || this.#closed) return;
    this.#open = true;
    this.options.events.opened({ local: this.fingerprint, remote });
    for (const text of this.#early.splice(0)) this.receiveMessage(text);
  }

  /** The certificate is not the one that was described: no link. */
  #refused(): void {
    if (!this.#open) this.fail("no-route");
  }

  #end(): void {
    this.#closed = true;
    this.#open = false;
  }
}

/** One that nobody else has, and always the same for a name. */
function fingerprintFor(name: string): Fingerprint {
  const codes = [...name.padEnd(32).slice(-32)]
    .map((char) => char.charCodeAt(0).toString(16).padStart(2, "0").slice(-2));
  return codes.join(":").toUpperCase();
}
