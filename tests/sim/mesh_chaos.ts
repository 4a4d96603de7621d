/**
 * A small mesh in trouble: peers come, go and vanish, the network parts and
 * heals, the tracker dies, signals and packets get lost or come twice, some
 * peers are hostile. Then everything heals, and quiet comes. What must hold:
 *
 * 1. At quiet every honest member holds the same entries.
 * 2. Nothing is shown that its author did not write.
 * 3. No page ever has more than LINKS_MAX connections, dialled ones included,
 *    and at quiet none in a large channel more than ACTIVE_URGENT_MAX.
 * 4. No page ever remembers more than CONTACTS_MAX peers, nor at quiet more
 *    than PASSIVE_MAX beside those it is linked to.
 * 5. No honest peer strikes an honest one.
 * @module
 */
import { CONTACTS_MAX } from "../../lib/mesh/contacts.ts";
import { PASSIVE_MAX } from "../../lib/mesh/directory.ts";
import { LINKS_MAX } from "../../lib/mesh/link_budget.ts";
import { ACTIVE_URGENT_MAX, FULL_MESH_MAX } from "../../lib/mesh/rooms.ts";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import { encodeEntry, signingBytes } from "../../lib/wire/entry.ts";
import type { LinkMessage } from "../../lib/wire/link.ts";
import { encodeLinkMessage } from "../../lib/wire/link.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import { certificateOf, cheapKeys, deviceKey } from "../tools/cheap_keys.ts";
import { type Happening, Happenings } from "./happenings.ts";
import { CHANNEL, MeshSim, type SimMember } from "./mesh_sim.ts";

const STEPS = 30;
/** Longer than any back-off, several times over. */
const QUIET_MS = 150_000;
const MEMBERS_LEAST = 4;
const MEMBERS_MOST = 20;
/** Every so many seeds is one of a channel in which nobody is linked to all. */
const CROWDED_EVERY = 20;
const CROWD_LEAST = 55;
/** What must befall some of a hundred seeds, or this tests less than it says. */
export const MESH_HAPPENINGS: readonly Happening[] = [
  ...["loss", "latency", "reordering", "duplication"] as const,
  ...["partition", "heal", "mass-departure", "churn"] as const,
  ...["hostility", "tracker-death"] as const,
];

export interface ChaosResult {
  /** For each honest member that is online, the entries it holds. */
  held: number[][];
  written: number;
  forged: string[];
  /** Strikes of honest peers against honest ones. */
  unjust: string[];
  /** Connections of one page at once, at the most. */
  connectionsMost: number;
  /** Open links of one page at quiet, at the most. */
  linksAtQuiet: number;
  /** Peers that one page remembers: at any time, and at quiet. */
  contactsMost: number;
  contactsAtQuiet: number;
  trackerWorked: boolean;
  happenings: Happenings;
}

export interface ChaosOptions {
  trace?: ((line: string) => void) | undefined;
  /** Members at the start; a few, or a small crowd, where none is given. */
  size?: number | undefined;
}

export class MeshChaos {
  readonly #sim: MeshSim;
  readonly #start: number;
  readonly #hostile = new Set<SimMember>();
  /** Whoever was hostile at any time, gone or not. */
  readonly #everHostile = new Set<PeerId>();
  readonly #happenings = new Happenings();
  #contactsMost = 0;
  #groups: Map<PeerId, number> | undefined;

  constructor(
    seed: number,
    { trace, size }: ChaosOptions = {},
  ) {
    const latencyMs = [5, 150] as const;
    this.#sim = new MeshSim({
      seed,
      latencyMs,
      ...(trace === undefined ? {} : { trace }),
    });
    const { random, network, tracker } = this.#sim;
    const least = seed % CROWDED_EVERY === 0 ? CROWD_LEAST : MEMBERS_LEAST;
    this.#start = size ?? least + Math.floor(random() * 14);
    if (random() < 0.5) network.duplication = 0.1 * random();
    if (random() < 0.5) tracker.signalDuplication = 0.5 * random();
  }

  run(): ChaosResult {
    const { random, clock, network, tracker } = this.#sim;
    for (let at = 0; at < this.#start; at++) {
      this.#sim.join();
      clock.advance(300 * random());
    }
    for (let step = 0; step < STEPS; step++) {
      this.#step();
      this.#annoy();
      clock.advance(3_000 * random());
      this.#look();
    }
    this.#heal();
    network.loss = 0;
    tracker.signalLoss = 0;
    const trackerWorked = tracker.works;
    if (!trackerWorked) this.#sim.startTracker();
    clock.advance(QUIET_MS);
    this.#look();
    return this.#result(trackerWorked);
  }

  #step(): void {
    const sim = this.#sim;
    const dice = sim.random();
    const count = sim.members.length;
    if (dice < 0.45) sim.write(sim.pick());
    else if (dice < 0.6 && count < MEMBERS_MOST + this.#start) this.#join();
    else if (dice < 0.68 && count > MEMBERS_LEAST) this.#remove("leave");
    else if (dice < 0.75 && count > MEMBERS_LEAST) this.#remove("vanish");
    else if (dice < 0.78) this.#massDeparture();
    else if (dice < 0.83) this.#part();
    else if (dice < 0.88) this.#heal();
    else if (dice < 0.91) this.#killTracker();
    else if (dice < 0.95) sim.startTracker();
    else if (dice < 0.97) sim.tracker.signalLoss = 0.3 * sim.random();
    else if (dice < 0.98) sim.network.loss = 0.2 * sim.random();
    else if (count > MEMBERS_LEAST) this.#turnHostile();
  }

  #join(): void {
    this.#happenings.saw("churn");
    this.#sim.join();
  }

  #killTracker(): void {
    this.#happenings.saw("tracker-death");
    this.#sim.killTracker();
  }

  #look(): void {
    for (const { connections } of this.#honest()) {
      const contacts = [...connections.contacts()].length;
      this.#contactsMost = Math.max(this.#contactsMost, contacts);
    }
  }

  #honest(): SimMember[] {
    return this.#sim.members.filter((member) => !this.#hostile.has(member));
  }

  #remove(how: "leave" | "vanish"): void {
    this.#happenings.saw("churn");
    const member = this.#sim.pick();
    this.#hostile.delete(member);
    this.#sim[how](member);
  }

  #massDeparture(): void {
    this.#happenings.saw("mass-departure");
    const third = Math.floor(this.#sim.members.length / 3);
    for (let at = 0; at < third; at++) {
      if (this.#sim.members.length > MEMBERS_LEAST) this.#remove("vanish");
    }
  }

  #part(): void {
    const { random, members, network } = this.#sim;
    this.#sim.trace("network parts");
    this.#happenings.saw("partition");
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
    this.#happenings.saw("heal");
    this.#groups = undefined;
    this.#sim.network.reaches = () => true;
  }

  #turnHostile(): void {
    const member = this.#sim.pick();
    this.#sim.trace(`hostile ${member.peer}`);
    this.#hostile.add(member);
    this.#everHostile.add(member.peer);
  }

  /** Each hostile one tells its neighbours something that is wrong. */
  #annoy(): void {
    const { random } = this.#sim;
    for (const member of this.#hostile) {
      const lies = this.#lies(member);
      const lie = lies[Math.floor(random() * lies.length)];
      if (lie === undefined) continue;
      this.#happenings.saw("hostility");
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
      this.#forgery(member) ?? "nonsense",
    ];
  }

  /** Somebody else's name, its own signature. */
  #forgery({ user }: SimMember): LinkMessage | undefined {
    const victim = this.#sim.pick().user;
    if (victim === user) return undefined;
    const author = deviceKey(victim);
    const time = this.#sim.clock.now();
    const head = { channel: CHANNEL, author, seq: 1, prev: null, time };
    const signed = encodeEntry(head, { kind: "text", text: "0" });
    const raw = cheapKeys.sign(deviceKey(user), signingBytes(signed));
    const signature = encodeBase64Url(raw);
    return {
      type: "entry-written",
      channel: CHANNEL,
      entry: { signed, signature },
      certificates: [certificateOf(victim, author)],
    };
  }

  #result(trackerWorked: boolean): ChaosResult {
    const honest = this.#honest();
    const { network, tracker, forged, strikes, spreads } = this.#sim;
    this.#happenings.add(network.happenings);
    this.#happenings.add(tracker.happenings);
    const isHonest = (peer: PeerId) => !this.#everHostile.has(peer);
    return {
      held: honest.map(({ talk }) => [...talk.held].toSorted((a, b) => a - b)),
      written: spreads.length,
      forged,
      unjust: strikes.filter(({ by, peer }) => isHonest(by) && isHonest(peer))
        .map(({ by, peer, reason }) => `${by} struck ${peer}: ${reason}`),
      connectionsMost: Math.max(...honest.map((one) => one.connectionsMost)),
      linksAtQuiet: Math.max(...honest.map(({ linkCount }) => linkCount)),
      contactsMost: this.#contactsMost,
      contactsAtQuiet: Math.max(
        ...honest.map(({ connections }) => [...connections.contacts()].length),
      ),
      trackerWorked,
      happenings: this.#happenings,
    };
  }
}

/** What is wrong at the end of a run; empty where all is well. */
export function chaosFaultsOf(result: ChaosResult): string[] {
  const { held, forged, unjust } = result;
  const faults = [...forged, ...unjust];
  const union = new Set(held.flat());
  for (const [index, entries] of held.entries()) {
    if (entries.length === union.size) continue;
    faults.push(`member ${index} holds ${entries.length} of ${union.size}`);
  }
  // One that has grown out of a full mesh keeps links that others need.
  const isLarge = held.length > 2 * FULL_MESH_MAX;
  const linksWanted = isLarge ? ACTIVE_URGENT_MAX : LINKS_MAX;
  const limits: [count: number, most: number, what: string][] = [
    [result.connectionsMost, LINKS_MAX, "connections at once"],
    [result.linksAtQuiet, linksWanted, "links at quiet"],
    [result.contactsMost, CONTACTS_MAX, "peers remembered"],
    [
      result.contactsAtQuiet,
      PASSIVE_MAX + LINKS_MAX,
      "peers remembered at quiet",
    ],
  ];
  for (const [count, most, what] of limits) {
    if (count > most) faults.push(`${count} ${what}`);
  }
  return faults;
}

/** Runs one seed and tells what happens. */
export function traceChaos(
  seed: number,
  log: (line: string) => void,
  size?: number,
): void {
  const result = new MeshChaos(seed, { trace: log, size }).run();
  const { held, written, connectionsMost, happenings } = result;
  log(`seed ${seed}: ${written} written, at most ${connectionsMost} links`);
  log(`held by each: ${held.map((entries) => entries.length).join(" ")}`);
  log(`what befell it: ${happenings}`);
  for (const fault of chaosFaultsOf(result)) log(`fault: ${fault}`);
}
