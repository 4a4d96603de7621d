/**
 * The network of the file simulator: messages and frames of linked peers, each
 * encoded and decoded, in order on each channel, late by chance, lost where a
 * link breaks. A link holds a bounded number of bytes.
 * @module
 */
import type { Random } from "../../lib/random.ts";
import type { FileMessage } from "../../lib/wire/file_messages.ts";
import { decodeLinkMessage, encodeLinkMessage } from "../../lib/wire/link.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import type { PeerInfo } from "../../lib/wire/tracker_api.ts";
import type { HeapClock } from "./heap_clock.ts";

const BYTES_ON_THE_WAY_MAX = 256 * 1024;
const [LATENCY_MIN_MS, LATENCY_MS] = [1, 60];
/** What a link carries in a millisecond, each way. */
const BYTES_PER_MS = 8 * 1024;

/** Whoever is at the end of links. */
export interface FileEnd {
  readonly info: PeerInfo;
  linkUp(other: PeerInfo): void;
  linkDown(other: PeerId): void;
  receive(from: PeerId, message: FileMessage): void;
  frame(from: PeerId, bytes: Uint8Array): void;
  drained(to: PeerId): void;
}

interface Way {
  to: FileEnd;
  from: FileEnd;
  lastText: number;
  lastBytes: number;
  onTheWay: number;
}

interface Wire {
  ways: Map<PeerId, Way>;
}

export class FileWires {
  readonly #clock: HeapClock;
  readonly #random: Random;
  readonly #wires = new Map<string, Wire>();
  /** Bytes of pieces that arrived. */
  bytes = 0;

  constructor(clock: HeapClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get pairs(): string[] {
    return [...this.#wires.keys()];
  }

  isLinked(a: FileEnd, b: FileEnd): boolean {
    return this.#wires.has(pairOf(a.info.peer, b.info.peer));
  }

  connect(a: FileEnd, b: FileEnd): void {
    const pair = pairOf(a.info.peer, b.info.peer);
    if (a === b || this.#wires.has(pair)) return;
    const way = (from: FileEnd, to: FileEnd): [PeerId, Way] => [
      from.info.peer,
      { from, to, lastText: 0, lastBytes: 0, onTheWay: 0 },
    ];
    this.#wires.set(pair, { ways: new Map([way(a, b), way(b, a)]) });
    a.linkUp(b.info);
    b.linkUp(a.info);
  }

  /** What is on its way is lost, and both ends know. */
  cut(pair: string): void {
    const wire = this.#wires.get(pair);
    this.#wires.delete(pair);
    for (const { from, to } of wire?.ways.values() ?? []) {
      to.linkDown(from.info.peer);
    }
  }

  cutAllOf(peer: PeerId): void {
    for (const pair of this.pairs) {
      if (pair.split(" ").includes(peer)) this.cut(pair);
    }
  }

  send(from: PeerId, to: PeerId, message: FileMessage): void {
    const way = this.#way(from, to);
    if (way === undefined) return;
    const text = encodeLinkMessage(message);
    const at = Math.max(way.lastText, this.#arrival());
    way.lastText = at;
    this.#later(at, way, () => {
      way.to.receive(from, decodeLinkMessage(text) as FileMessage);
    });
  }

  sendBytes(from: PeerId, to: PeerId, frame: Uint8Array): boolean {
    const way = this.#way(from, to);
    if (way === undefined) return false;
    way.onTheWay += frame.length;
    const slowest = way.lastBytes + frame.length / BYTES_PER_MS;
    const at = Math.max(slowest, this.#arrival());
    way.lastBytes = at;
    this.#later(at, way, () => {
      this.bytes += frame.length;
      way.to.frame(from, frame);
      const wasFull = way.onTheWay >= BYTES_ON_THE_WAY_MAX;
      way.onTheWay -= frame.length;
      if (wasFull && way.onTheWay < BYTES_ON_THE_WAY_MAX) way.from.drained(to);
    });
    return way.onTheWay < BYTES_ON_THE_WAY_MAX;
  }

  #arrival(): number {
    return this.#clock.now() + LATENCY_MIN_MS + this.#random() * LATENCY_MS;
  }

  #later(at: number, way: Way, deliver: () => void): void {
    this.#clock.after(at - this.#clock.now(), () => {
      if (this.#way(way.from.info.peer, way.to.info.peer) === way) deliver();
    });
  }

  #way(from: PeerId, to: PeerId): Way | undefined {
    return this.#wires.get(pairOf(from, to))?.ways.get(from);
  }
}

function pairOf(a: PeerId, b: PeerId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
