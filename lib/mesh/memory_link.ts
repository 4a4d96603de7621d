/**
 * The in-memory twin of a WebRTC link: an offer, an answer, then messages in
 * order, all through signals and a clock, so that a test decides what is slow
 * or cut.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Link, LinkOptions, LinkProblem, OpenLink } from "./link.ts";
import type { PeerId } from "../wire/names.ts";
import type { LinkId, Signal } from "../wire/signal.ts";

/** The wires between all memory links of a test. */
export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #links = new Map<LinkId, MemoryLink[]>();
  /** While true, no link opens: offers and answers come to nothing. */
  blocked = false;

  constructor(clock: Clock, { latencyMs = 5 } = {}) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
  }

  readonly open: OpenLink = (options) => {
    const link = new MemoryLink(this, options);
    const pair = this.#links.get(options.link) ?? [];
    this.#links.set(options.link, [...pair, link]);
    return link;
  };

  /** Runs `deliver` at the other end of `link`, a latency later. */
  carry(link: MemoryLink, deliver: (other: MemoryLink) => void): void {
    this.#clock.after(this.#latencyMs, () => {
      const pair = this.#links.get(link.id) ?? [];
      const other = pair.find((candidate) => candidate !== link);
      if (other !== undefined) deliver(other);
    });
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
  readonly #network: MemoryNetwork;
  #open = false;
  #closed = false;
  /** What came before this side was open; a data channel keeps it as well. */
  readonly #early: string[] = [];

  constructor(network: MemoryNetwork, options: LinkOptions) {
    this.#network = network;
    this.options = options;
    this.id = options.link;
    if (options.dials) this.#signal({ type: "offer", link: this.id, sdp: "" });
  }

  receive(signal: Signal): void {
    if (this.#network.blocked) return;
    if (signal.type === "offer") {
      this.#signal({ type: "answer", link: this.id, sdp: "" });
      this.#opened();
    } else if (signal.type === "answer") this.#opened();
  }

  send(text: string): void {
    if (!this.#open) return;
    this.#network.carry(this, (other) => other.#receiveMessage(text));
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

  #signal(signal: Signal): void {
    this.options.events.signal(signal);
  }

  #opened(): void {
    if (this.#open || this.#closed) return;
    this.#open = true;
    this.options.events.opened();
    for (const text of this.#early.splice(0)) this.#receiveMessage(text);
  }

  #receiveMessage(text: string): void {
    if (this.#closed) return;
    if (this.#open) this.options.events.message(text);
    else this.#early.push(text);
  }

  #end(): void {
    this.#closed = true;
    this.#open = false;
  }
}
