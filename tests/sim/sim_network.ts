/**
 * The wires between simulated peers. A link is a reliable channel, so loss on
 * its way shows as delay; it breaks where its ends can't reach each other, and
 * they find out some seconds later, as WebRTC does. What no channel does, saying
 * something twice, it does where it is told to: that must do no harm.
 * @module
 */
import type { Clock } from "../../lib/clock.ts";
import type { Link, LinkOptions, LinkProblem } from "../../lib/mesh/link.ts";
import type { Random } from "../../lib/random.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import type { LinkFingerprints } from "../../lib/wire/link_proof.ts";
import type { LinkId, Signal } from "../../lib/wire/signal.ts";
import { Happenings, LATE_MS } from "./happenings.ts";

/** How far behind itself a message comes again, at most. */
const REPEATED_AFTER_MS = 500;
/** How long a side takes to find out that a link is broken, at most. */
export const DETECT_MS = 15_000;
/** Nobody in the simulation sits in the middle. */
const FINGERPRINTS: LinkFingerprints = {
  local: Array.from({ length: 32 }, () => "AB").join(":"),
  remote: Array.from({ length: 32 }, () => "AB").join(":"),
};
/** A lost packet costs its message so long; it is sent again. */
const RESEND_MS = 250;

export interface NetworkOptions {
  clock: Clock;
  random: Random;
  /** One way, ms. */
  latency: () => number;
}

export class SimNetwork {
  readonly clock: Clock;
  readonly random: Random;
  readonly latency: () => number;
  readonly #links = new Map<LinkId, SimLink[]>();
  /** Packets lost on links, 0 to 1. */
  loss = 0;
  /** Messages that come twice, 0 to 1. */
  duplication = 0;
  readonly happenings = new Happenings();
  /** The latest sent of what each has received. */
  readonly #latest = new Map<PeerId, number>();
  #sent = 0;
  /** Whether packets get from one to the other. */
  reaches: (from: PeerId, to: PeerId) => boolean = () => true;
  /** Messages that have arrived. */
  messages = 0;

  constructor({ clock, random, latency }: NetworkOptions) {
    this.clock = clock;
    this.random = random;
    this.latency = latency;
  }

  /** The place of a message among all that are sent. */
  nextOrder(): number {
    return ++this.#sent;
  }

  arrived(at: PeerId, order: number): void {
    const latest = this.#latest.get(at) ?? 0;
    if (order < latest) this.happenings.saw("reordering");
    else this.#latest.set(at, order);
  }

  add(link: SimLink): void {
    const pair = this.#links.get(link.id);
    if (pair === undefined) this.#links.set(link.id, [link]);
    else pair.push(link);
  }

  remove(link: SimLink): void {
    const pair = this.#links.get(link.id);
    if (pair === undefined) return;
    const rest = pair.filter((end) => end !== link);
    if (rest.length === 0) this.#links.delete(link.id);
    else this.#links.set(link.id, rest);
  }

  other(link: SimLink): SimLink | undefined {
    const pair = this.#links.get(link.id);
    return pair?.[0] === link ? pair[1] : pair?.[0];
  }

  /** All open links, once each. */
  *pairs(): Generator<[SimLink, SimLink]> {
    for (const [a, b] of [...this.#links.values()]) {
      if (a?.isOpen && b?.isOpen) yield [a, b];
    }
  }

  /** Every link whose ends no longer reach each other breaks. */
  breakUnreachable(): void {
    for (const [a, b] of this.pairs()) {
      if (!this.reaches(a.owner, a.options.remote)) {
        a.breaks();
        b.breaks();
      }
    }
  }
}

export class SimLink implements Link {
  readonly id: LinkId;
  readonly owner: PeerId;
  readonly options: LinkOptions;
  readonly #network: SimNetwork;
  /** Nothing arrives before what was sent earlier. */
  #lastArrival = 0;
  #broken = false;
  #closed = false;
  isOpen = false;

  /** `closedByUs` is called where `options.events.closed` is not. */
  constructor(
    network: SimNetwork,
    owner: PeerId,
    options: LinkOptions,
    readonly closedByUs: () => void,
  ) {
    this.#network = network;
    this.owner = owner;
    this.options = options;
    this.id = options.link;
    network.add(this);
    if (options.dials) this.#signal({ type: "offer", link: this.id, sdp: "" });
  }

  receive(signal: Signal): void {
    if (this.#closed || this.isOpen) return;
    if (signal.type === "offer") {
      this.#signal({ type: "answer", link: this.id, sdp: "" });
    } else if (signal.type === "answer") this.#connect();
  }

  send(text: string): void {
    const deliver = (other: SimLink) => {
      this.#network.messages++;
      other.options.events.message(text);
    };
    const at = this.#carry(deliver);
    const { duplication, random, happenings } = this.#network;
    const isTwice = duplication > 0 && random() < duplication;
    // One hello is all that a link is for; of a second an honest peer knows.
    if (at === undefined || !isTwice || text.includes('"hello"')) return;
    happenings.saw("duplication");
    this.#arriveAt(at + REPEATED_AFTER_MS * random(), deliver);
  }

  sendBytes(frame: Uint8Array): boolean {
    this.#carry((other) => other.options.events.bytes(frame));
    return true;
  }

  /** When it will arrive, where it is sent at all. */
  #carry(deliver: (other: SimLink) => void): number | undefined {
    if (!this.isOpen || this.#broken) return undefined;
    const { loss, random, clock, latency, happenings } = this.#network;
    const lost = loss > 0 && random() < loss;
    if (lost) happenings.saw("loss");
    const now = clock.now();
    const at = Math.max(
      this.#lastArrival,
      now + latency() + (lost ? RESEND_MS : 0),
    );
    this.#lastArrival = at;
    if (at - now >= LATE_MS) happenings.saw("latency");
    this.#arriveAt(at, deliver);
    return at;
  }

  #arriveAt(at: number, deliver: (other: SimLink) => void): void {
    const network = this.#network;
    const order = network.nextOrder();
    network.clock.after(at - network.clock.now(), () => {
      const other = network.other(this);
      if (other === undefined || this.#broken) {
        return network.happenings.saw("loss");
      }
      network.arrived(other.owner, order);
      deliver(other);
    });
  }

  restart(): void {}

  close(): void {
    if (this.#closed) return;
    const other = this.#network.other(this);
    this.#end();
    this.closedByUs();
    if (other === undefined || !other.isOpen || this.#broken) return;
    const { clock, latency } = this.#network;
    clock.after(latency(), () => other.#fail(undefined));
  }

  /** Its side is gone without a word: the other one finds out in time. */
  vanish(): void {
    const other = this.#network.other(this);
    this.#end();
    other?.breaks();
  }

  breaks(): void {
    if (this.#broken || this.#closed) return;
    this.#broken = true;
    const { clock, random } = this.#network;
    const afterMs = DETECT_MS * (0.3 + 0.7 * random());
    clock.after(afterMs, () => this.#fail("broken"));
  }

  /** ICE and DTLS: three more crossings, then both are open. */
  #connect(): void {
    const { clock, latency } = this.#network;
    clock.after(3 * latency(), () => {
      const other = this.#network.other(this);
      if (this.#closed || other === undefined || other.#closed) return;
      if (!this.#network.reaches(this.owner, this.options.remote)) return;
      this.#opened();
      other.#opened();
    });
  }

  #opened(): void {
    if (this.isOpen || this.#closed) return;
    this.isOpen = true;
    this.options.events.opened(FINGERPRINTS);
  }

  #signal(signal: Signal): void {
    this.options.events.signal(signal);
  }

  #fail(problem: LinkProblem | undefined): void {
    if (this.#closed) return;
    this.#end();
    this.options.events.closed(problem);
  }

  #end(): void {
    this.#closed = true;
    this.isOpen = false;
    this.#network.remove(this);
  }
}
