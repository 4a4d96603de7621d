/**
 * The links of the sync simulator: each keeps the order of what it carries, as a
 * data channel does, and is slow as it likes. Now and then it says something
 * twice, at once or late. What is on a link as it breaks is lost; a peer without
 * power says nothing more, and the others find out after a while.
 * @module
 */
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import { type Happenings, LATE_MS } from "./happenings.ts";

const [LATENCY_MIN_MS, LATENCY_MAX_MS] = [5, 200];
const DUPLICATED = 0.05;
/** How far behind itself a message may come again. */
const REPEATED_AFTER_MS = 400;
/** How long it takes to find out that somebody has no power. */
const DETECT_MS = 12_000;

export interface SyncWiresParts {
  clock: Clock;
  random: Random;
  happenings: Happenings;
  deliver(from: PeerId, to: PeerId, text: string): void;
  /** The link is over, and that side knows. */
  ended(at: PeerId, other: PeerId): void;
}

interface Wire {
  since: number;
}

export class SyncWires {
  readonly #parts: SyncWiresParts;
  readonly #wires = new Map<string, Wire>();
  readonly #lastArrival = new Map<string, number>();
  /** The latest sent of what each has received. */
  readonly #latest = new Map<PeerId, number>();
  #sent = 0;
  deliveries = 0;

  constructor(parts: SyncWiresParts) {
    this.#parts = parts;
  }

  isLinked(a: PeerId, b: PeerId): boolean {
    return this.#wires.has(pairOf(a, b));
  }

  /** When the two were linked; undefined where they are not. */
  linkedSince(a: PeerId, b: PeerId): number | undefined {
    return this.#wires.get(pairOf(a, b))?.since;
  }

  connect(a: PeerId, b: PeerId): void {
    this.#wires.set(pairOf(a, b), { since: this.#parts.clock.now() });
  }

  /** Both ends know at once. */
  cut(a: PeerId, b: PeerId): void {
    if (!this.#wires.delete(pairOf(a, b))) return;
    this.#parts.ended(a, b);
    this.#parts.ended(b, a);
  }

  /** What it has said before still arrives. */
  powerless(peer: PeerId): void {
    const { clock, random } = this.#parts;
    for (const pair of [...this.#wires.keys()]) {
      const ends = pair.split(" ");
      if (!ends.includes(peer)) continue;
      const other = ends.find((end) => end !== peer) as PeerId;
      clock.after(DETECT_MS * random(), () => {
        if (this.#wires.delete(pair)) this.#parts.ended(other, peer);
      });
    }
  }

  send(from: PeerId, to: PeerId, text: string): void {
    const wire = this.#wires.get(pairOf(from, to));
    if (wire === undefined) return;
    const { clock, random, happenings } = this.#parts;
    const lane = `${from} ${to}`;
    const latency = LATENCY_MIN_MS +
      Math.floor(random() * (LATENCY_MAX_MS - LATENCY_MIN_MS));
    const now = clock.now();
    const at = Math.max(now + latency, this.#lastArrival.get(lane) ?? 0);
    this.#lastArrival.set(lane, at);
    const arrivals = [at];
    if (random() < DUPLICATED) {
      happenings.saw("duplication");
      const isLate = random() < 0.5;
      arrivals.push(at + (isLate ? REPEATED_AFTER_MS * random() : 0));
    }
    if (at - now >= LATE_MS) happenings.saw("latency");
    const order = ++this.#sent;
    for (const arrival of arrivals) {
      clock.after(arrival - now, () => {
        const isThere = this.#wires.get(pairOf(from, to)) === wire;
        if (isThere) this.#arrive(order, { from, to, text });
        else happenings.saw("loss");
      });
    }
  }

  #arrive(
    order: number,
    { from, to, text }: { from: PeerId; to: PeerId; text: string },
  ): void {
    const latest = this.#latest.get(to) ?? 0;
    if (order < latest) this.#parts.happenings.saw("reordering");
    this.#latest.set(to, Math.max(order, latest));
    this.deliveries++;
    this.#parts.deliver(from, to, text);
  }
}

function pairOf(a: PeerId, b: PeerId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
