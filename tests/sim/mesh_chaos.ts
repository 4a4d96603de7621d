/**
 * A small mesh in trouble: peers come, go and vanish, the network parts and
 * heals, the tracker dies, signals and packets get lost, some peers are hostile.
 * Then everything heals, and quiet comes.
 * @module
 */
import { PASSIVE_MAX } from "../../lib/mesh/directory.ts";
import { LINKS_MAX } from "../../lib/mesh/link_budget.ts";
import type { LinkMessage } from "../../lib/wire/link.ts";
import { encodeLinkMessage } from "../../lib/wire/link.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import { CHANNEL, MeshSim, type SimMember } from "./mesh_sim.ts";

const STEPS = 30;
/** Longer than any back-off, several times over. */
const QUIET_MS = 150_000;
const MEMBERS_LEAST = 4;
const MEMBERS_MOST = 20;

export interface ChaosResult {
  /** For each honest member that is online, the entries it holds. */
  held: number[][];
  written: number;
  /** Connections of one page at once, at the most. */
  connectionsMost: number;
  /** Peers that one page remembers, at the most. */
  contactsMost: number;
  trackerWorked: boolean;
}

export class MeshChaos {
  readonly #sim: MeshSim;
  readonly #hostile = new Set<SimMember>();
  #groups: Map<PeerId, number> | undefined;

  constructor(seed: number, trace?: (line: string) => void) {
    const latencyMs = [5, 150] as const;
    this.#sim = new MeshSim({
      seed,
      latencyMs,
      ...(trace === undefined ? {} : { trace }),
    });
  }

  run(): ChaosResult {
    const { random, clock, network, tracker } = this.#sim;
    const start = MEMBERS_LEAST + Math.floor(random() * 14);
    for (let at = 0; at < start; at++) {
      this.#sim.join();
      clock.advance(300 * random());
    }
    for (let step = 0; step < STEPS; step++) {
      this.#step();
      this.#annoy();
      clock.advance(3_000 * random());
    }
    this.#heal();
    network.loss = 0;
    tracker.signalLoss = 0;
    const trackerWorked = tracker.works;
    if (!trackerWorked) this.#sim.startTracker();
    clock.advance(QUIET_MS);
    return this.#result(trackerWorked);
  }

  #step(): void {
    const sim = this.#sim;
    const dice = sim.random();
    const count = sim.members.length;
    if (dice < 0.45) sim.write(sim.pick());
    else if (dice < 0.6 && count < MEMBERS_MOST) sim.join();
    else if (dice < 0.68 && count > MEMBERS_LEAST) this.#remove("leave");
    else if (dice < 0.75 && count > MEMBERS_LEAST) this.#remove("vanish");
    else if (dice < 0.78) this.#massDeparture();
    else if (dice < 0.83) this.#part();
    else if (dice < 0.88) this.#heal();
    else if (dice < 0.91) sim.killTracker();
    else if (dice < 0.95) sim.startTracker();
    else if (dice < 0.97) sim.tracker.signalLoss = 0.3 * sim.random();
    else if (dice < 0.98) sim.network.loss = 0.2 * sim.random();
    else if (count > MEMBERS_LEAST) this.#turnHostile();
  }

  #remove(how: "leave" | "vanish"): void {
    const member = this.#sim.pick();
    this.#hostile.delete(member);
    this.#sim[how](member);
  }

  #massDeparture(): void {
    const third = Math.floor(this.#sim.members.length / 3);
    for (let at = 0; at < third; at++) {
      if (this.#sim.members.length > MEMBERS_LEAST) this.#remove("vanish");
    }
  }

  #part(): void {
    const { random, members, network } = this.#sim;
    this.#sim.trace("network parts");
    const groups = new Map(
      members.map(({ peer }) => [peer, Math.floor(2 * random())]),
    );
    this.#groups = groups;
    const groupOf = (peer: PeerId) => groups.get(peer) ?? 0;
    network.reaches = (from, to) => groupOf(from) === groupOf(to);
    network.breakUnreachable();
  }

  #heal(): void {
    if (this.#groups === undefined) return;
    this.#sim.trace("network heals");
    this.#groups = undefined;
    this.#sim.network.reaches = () => true;
  }

  #turnHostile(): void {
    const member = this.#sim.pick();
    this.#sim.trace(`hostile ${member.peer}`);
    this.#hostile.add(member);
  }

  /** Each hostile one tells its neighbours something that is wrong. */
  #annoy(): void {
    const { random } = this.#sim;
    for (const member of this.#hostile) {
      const lies = this.#lies(member);
      const lie = lies[Math.floor(random() * lies.length)];
      if (lie === undefined) continue;
      const text = typeof lie === "string" ? lie : encodeLinkMessage(lie);
      for (let at = 0; at < 1 + 5 * random(); at++) member.sayToAll(text);
    }
  }

  #lies(member: SimMember): (LinkMessage | string)[] {
    const peers = Array.from({ length: 8 }, () => {
      const peer = this.#sim.newId("ghost");
      return { peer, user: "ghost" };
    });
    const [ghost = member.info] = peers;
    const hangUp = { type: "hang-up", link: ghost.peer } as const;
    const offer = { type: "offer", link: ghost.peer, sdp: "" } as const;
    return [
      "nonsense",
      "x".repeat(100_000),
      { type: "shuffle", channel: CHANNEL, peers },
      { type: "shuffle-reply", channel: CHANNEL, peers },
      { type: "neighbours-changed", channel: CHANNEL, peers, spare: true },
      { type: "signal-relayed", from: ghost, signal: offer },
      { type: "signal-relayed", from: member.info, signal: hangUp },
      { type: "signal-relayed", from: this.#sim.pick().info, signal: offer },
      { type: "relay-signal", to: ghost.peer, signal: hangUp },
      { type: "link-dropped" },
    ];
  }

  #result(trackerWorked: boolean): ChaosResult {
    const honest = this.#sim.members
      .filter((member) => !this.#hostile.has(member));
    return {
      held: honest.map(({ talk }) => [...talk.held].toSorted((a, b) => a - b)),
      written: this.#sim.spreads.length,
      connectionsMost: Math.max(
        ...honest.map(({ connectionsMost }) => connectionsMost),
      ),
      contactsMost: Math.max(
        ...honest.map(({ connections }) => [...connections.contacts()].length),
      ),
      trackerWorked,
    };
  }
}

/** What is wrong at the end of a run; empty where all is well. */
export function chaosFaultsOf(
  { held, connectionsMost, contactsMost }: ChaosResult,
): string[] {
  const faults: string[] = [];
  const union = new Set(held.flat());
  for (const [index, entries] of held.entries()) {
    if (entries.length === union.size) continue;
    faults.push(`member ${index} holds ${entries.length} of ${union.size}`);
  }
  if (connectionsMost > LINKS_MAX) faults.push(`${connectionsMost} links`);
  if (contactsMost > PASSIVE_MAX + LINKS_MAX) {
    faults.push(`${contactsMost} peers remembered`);
  }
  return faults;
}

/** Runs one seed and tells what happens. */
export function traceChaos(seed: number, log: (line: string) => void): void {
  const result = new MeshChaos(seed, log).run();
  const { held, written, connectionsMost } = result;
  log(`seed ${seed}: ${written} written, at most ${connectionsMost} links`);
  log(`held by each: ${held.map((entries) => entries.length).join(" ")}`);
  for (const fault of chaosFaultsOf(result)) log(`fault: ${fault}`);
}
