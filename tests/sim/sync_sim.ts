/**
 * Many sync cores over a seeded network that delays, breaks and heals links and
 * restarts peers. Every message is encoded and decoded; time is virtual; the
 * same seed gives the same run.
 *
 * `deno task sim SEED` replays one seed with its trace.
 * @module
 */
import { type Random, seededRandom } from "../../lib/random.ts";
import { Sync, type SyncAction } from "../../lib/mesh/sync.ts";
import { decodeLinkMessage, encodeLinkMessage } from "../../lib/wire/link.ts";
import type { KeptEntry } from "../../lib/mesh/chat.ts";
import type { PeerId } from "../../lib/wire/names.ts";

export const CHANNEL = "general";
const LATENCY_MAX_MS = 200;
const STEPS = 300;
/** Longer than any timeout of the core, several times over. */
const QUIET_MS = 60_000;

interface Member {
  peer: PeerId;
  user: string;
  sync: Sync;
  /** What its store would hold. */
  stored: KeptEntry[];
}

interface Delivery {
  at: number;
  order: number;
  from: PeerId;
  to: PeerId;
  /** The link it travels on; one that broke meanwhile delivers nothing. */
  link: number;
  text: string;
}

export interface SimResult {
  /** Entries in the order each member shows them, as `author:seq`. */
  views: string[][];
  written: string[];
  strikes: string[];
  deliveries: number;
}

export class SyncSim {
  readonly #random: Random;
  readonly #trace: (line: string) => void;
  #now = 1_000_000;
  #members: Member[] = [];
  readonly #links = new Map<string, number>();
  readonly #lastArrival = new Map<string, number>();
  #queue: Delivery[] = [];
  #order = 0;
  readonly #result: SimResult = {
    views: [],
    written: [],
    strikes: [],
    deliveries: 0,
  };

  constructor(seed: number, trace: (line: string) => void = () => {}) {
    this.#random = seededRandom(seed);
    this.#trace = trace;
  }

  /** Chaos, then every link heals, then quiet. */
  run(memberCount: number): SimResult {
    for (let index = 0; index < memberCount; index++) {
      this.#members.push(this.#newMember(`user${index}`, []));
    }
    for (let step = 0; step < STEPS; step++) {
      this.#step();
      this.#advance(Math.floor(this.#random() * 100));
    }
    for (const a of this.#members) {
      for (const b of this.#members) if (a.peer < b.peer) this.#connect(a, b);
    }
    this.#advance(QUIET_MS);
    this.#result.views = this.#members.map(({ sync }) =>
      sync.view(CHANNEL).map(({ entry }) => `${entry.author}:${entry.seq}`)
    );
    return this.#result;
  }

  #step(): void {
    const dice = this.#random();
    const [a, b] = [this.#pick(), this.#pick()];
    if (dice < 0.45) this.#write(a);
    else if (a === b) return;
    else if (dice < 0.75) this.#connect(a, b);
    else if (dice < 0.95) this.#break(a, b);
    else this.#restart(a);
  }

  #pick(): Member {
    const index = Math.floor(this.#random() * this.#members.length);
    return this.#members[index] as Member;
  }

  #newMember(user: string, stored: KeptEntry[]): Member {
    const digits = Math.floor(this.#random() * 1e15);
    const peer = `${user}_${digits}`.padEnd(22, "_").slice(0, 22);
    const self = { peer, user };
    const sync = new Sync({ self, userOf: () => undefined });
    const member = { peer, user, sync, stored: [...stored] };
    this.#perform(member, sync.join(CHANNEL));
    this.#perform(member, sync.restore(CHANNEL, stored, this.#now));
    return member;
  }

  #write(member: Member): void {
    const text = `${member.user} at ${this.#now}`;
    const { kept, actions } = member.sync.write(CHANNEL, text, this.#now);
    const name = `${kept.entry.author}:${kept.entry.seq}`;
    this.#trace(`${this.#stamp} write ${name}`);
    this.#result.written.push(name);
    this.#perform(member, actions);
  }

  #connect(a: Member, b: Member): void {
    const key = linkKey(a.peer, b.peer);
    if (this.#links.has(key)) return;
    this.#links.set(key, this.#order++);
    this.#trace(`${this.#stamp} up ${key}`);
    this.#perform(a, a.sync.linkUp(b, b.sync.channels));
    this.#perform(b, b.sync.linkUp(a, a.sync.channels));
  }

  #break(a: Member, b: Member): void {
    const key = linkKey(a.peer, b.peer);
    if (!this.#links.delete(key)) return;
    this.#trace(`${this.#stamp} down ${key}`);
    this.#perform(a, a.sync.linkDown(b.peer, this.#now));
    this.#perform(b, b.sync.linkDown(a.peer, this.#now));
  }

  /** The page is loaded anew: another peer id, the same store. */
  #restart(old: Member): void {
    this.#trace(`${this.#stamp} restart ${old.peer}`);
    for (const other of this.#members) this.#break(old, other);
    const fresh = this.#newMember(old.user, old.stored);
    this.#members = this.#members.map((member) =>
      member === old ? fresh : member
    );
  }

  #perform(member: Member, actions: SyncAction[]): void {
    for (const action of actions) {
      if (action.type === "keep") member.stored.push(...action.kept);
      if (action.type === "strike") {
        this.#result.strikes.push(`${action.peer}: ${action.reason}`);
      }
      if (action.type !== "send") continue;
      const { to, message } = action;
      const link = this.#links.get(linkKey(member.peer, to));
      if (link === undefined) continue;
      // A data channel keeps the order of what one side sends.
      const lane = `${member.peer}>${to}`;
      const at = Math.max(
        this.#now + Math.floor(this.#random() * LATENCY_MAX_MS),
        this.#lastArrival.get(lane) ?? 0,
      );
      this.#lastArrival.set(lane, at);
      const text = encodeLinkMessage(message);
      const order = this.#order++;
      this.#queue.push({ at, order, from: member.peer, to, link, text });
    }
  }

  /** Runs deliveries and ticks in the order of their times. */
  #advance(byMs: number): void {
    const end = this.#now + byMs;
    for (;;) {
      const delivery = this.#queue.reduce<Delivery | undefined>(
        earlier,
        undefined,
      );
      const due = this.#members.reduce(
        (first, member) =>
          member.sync.dueAt < first.sync.dueAt ? member : first,
      );
      const next = Math.min(delivery?.at ?? Infinity, due.sync.dueAt);
      if (next > end) break;
      this.#now = Math.max(this.#now, next);
      if (delivery?.at === next) this.#deliver(delivery);
      else this.#perform(due, due.sync.tick(this.#now));
    }
    this.#now = end;
  }

  #deliver(delivery: Delivery): void {
    this.#queue = this.#queue.filter((other) => other !== delivery);
    const { from, to, link, text } = delivery;
    if (this.#links.get(linkKey(from, to)) !== link) return;
    const member = this.#members.find(({ peer }) => peer === to);
    if (member === undefined) return;
    this.#result.deliveries++;
    this.#trace(`${this.#stamp} ${from} > ${to} ${text}`);
    const message = decodeLinkMessage(text);
    this.#perform(member, member.sync.receive(from, message, this.#now));
  }

  get #stamp(): string {
    return `${this.#now}`;
  }
}

function earlier(first: Delivery | undefined, next: Delivery): Delivery {
  if (first === undefined) return next;
  if (next.at !== first.at) return next.at < first.at ? next : first;
  return next.order < first.order ? next : first;
}

function linkKey(a: PeerId, b: PeerId): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

/** Runs one seed and tells what happens. */
export function traceSync(seed: number, log: (line: string) => void): void {
  const { views, written, strikes } = new SyncSim(seed, log).run(6);
  log(`seed ${seed}: ${written.length} written, ${strikes.length} strikes`);
  log(`held by each: ${views.map((view) => view.length).join(" ")}`);
}
