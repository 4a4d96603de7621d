/**
 * Thousands of peers in one channel over virtual time: the real connections,
 * overlay, link table, guard, sync and tracker core. Every message is encoded
 * and decoded; the same seed gives the same run.
 *
 * `deno task sim mesh SEED` replays one seed with its trace.
 * @module
 */
import {
  Connections,
  type ConnectionsOptions,
} from "../../lib/mesh/connections.ts";
import type { OpenLink } from "../../lib/mesh/link.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import type { Signal } from "../../lib/wire/signal.ts";
import type { PeerInfo, TrackerNews } from "../../lib/wire/tracker_api.ts";
import { HeapClock } from "./heap_clock.ts";
import { OpenDoor } from "./open_door.ts";
import { SimLink, SimNetwork } from "./sim_network.ts";
import { SimTracker } from "./sim_tracker.ts";
import { SyncTalk } from "./sync_talk.ts";

export const CHANNEL = "general";

export interface MeshSimOptions {
  seed: number;
  /** One way, ms. */
  latencyMs: readonly [least: number, most: number];
  trace?: (line: string) => void;
}

/** How one entry came to those who have it. */
export interface Spread {
  author: PeerId;
  writtenAt: number;
  /** When each member had it, and over how many links it came. */
  arrivals: Map<PeerId, { at: number; hops: number }>;
  /** Payloads received, the first ones included. */
  copies: number;
}

export class MeshSim {
  readonly clock = new HeapClock();
  readonly random: Random;
  readonly network: SimNetwork;
  readonly tracker: SimTracker;
  readonly members: SimMember[] = [];
  readonly spreads: Spread[] = [];
  /** What somebody shows, and its author never said. */
  readonly forged: string[] = [];
  /** Who was struck, by whom, and what for. */
  readonly strikes: { by: PeerId; peer: PeerId; reason: string }[] = [];
  readonly trace: (line: string) => void;
  #ids = 0;

  constructor({ seed, latencyMs, trace = () => {} }: MeshSimOptions) {
    this.random = seededRandom(seed);
    this.trace = (line) => trace(`${this.clock.now()} ${line}`);
    const [least, most] = latencyMs;
    const { clock, random } = this;
    const latency = () => least + (most - least) * random();
    this.network = new SimNetwork({ clock, random, latency });
    this.tracker = new SimTracker({ clock, random, latency });
  }

  newId(name: string): PeerId {
    return `${name}${++this.#ids}`.padEnd(22, "_");
  }

  /** `device`: that of a member that was here before. */
  join({ device }: { device?: string } = {}): SimMember {
    const member = new SimMember(this, device);
    this.members.push(member);
    this.trace(`join ${member.peer}`);
    return member;
  }

  /** The page is closed: it says goodbye. */
  leave(member: SimMember): void {
    this.trace(`leave ${member.peer}`);
    this.#remove(member);
    member.leave();
  }

  /** The machine is off: nobody is told. */
  vanish(member: SimMember): void {
    this.trace(`vanish ${member.peer}`);
    this.#remove(member);
    member.vanish();
  }

  killTracker(): void {
    this.trace("tracker dies");
    this.tracker.die();
  }

  startTracker(): void {
    this.trace("tracker starts");
    this.tracker.start();
    for (const member of this.members) {
      this.clock.after(5_000 * this.random(), () => member.register());
    }
  }

  write(author: SimMember): Spread {
    const entry = this.spreads.length;
    this.trace(`write ${entry} ${author.peer}`);
    const spread: Spread = {
      author: author.peer,
      writtenAt: this.clock.now(),
      arrivals: new Map(),
      copies: 0,
    };
    this.spreads.push(spread);
    author.talk.write(entry);
    return spread;
  }

  pick(): SimMember {
    const at = Math.floor(this.random() * this.members.length);
    return this.members[at] as SimMember;
  }

  #remove(member: SimMember): void {
    const at = this.members.indexOf(member);
    const last = this.members.pop() as SimMember;
    if (last !== member) this.members[at] = last;
  }
}

/** The real ones, and whom they strike. */
class WatchedConnections extends Connections {
  readonly #strikes: MeshSim["strikes"];
  readonly #self: PeerId;

  constructor(strikes: MeshSim["strikes"], options: ConnectionsOptions) {
    super(options);
    this.#strikes = strikes;
    this.#self = options.self.peer;
  }

  override strike(peer: PeerId, reason: string): void {
    this.#strikes.push({ by: this.#self, peer, reason });
    super.strike(peer, reason);
  }
}

export class SimMember {
  readonly peer: PeerId;
  readonly info: PeerInfo;
  readonly connections: Connections;
  readonly talk: SyncTalk;
  /** Open links, by the peer at the other end. */
  readonly links = new Map<PeerId, SimLink>();
  /** Connections that are not closed, and the most there ever were. */
  connectionCount = 0;
  connectionsMost = 0;
  readonly #sim: MeshSim;
  readonly #device: string | undefined;
  #online = true;

  constructor(sim: MeshSim, device?: string) {
    this.#sim = sim;
    this.#device = device;
    this.peer = sim.newId("p");
    this.info = { peer: this.peer, user: this.peer.replaceAll("_", "") };
    this.talk = this.#newTalk();
    this.connections = this.#newConnections();
    this.connections.join(CHANNEL);
    this.register();
  }

  get user(): string {
    return this.info.user;
  }

  get linkCount(): number {
    return this.links.size;
  }

  register(): void {
    if (this.#online) this.#sim.tracker.register(this, [CHANNEL]);
  }

  /** As a page does at every fourth heartbeat: so it learns of sizes. */
  listChannels(): void {
    this.#sim.tracker.request(this, { type: "list-channels" });
  }

  /** News of the tracker. */
  hear(news: TrackerNews): void {
    if (this.#online) this.connections.hear(news);
  }

  /** The tracker is gone. */
  lost(): void {
    if (this.#online) this.connections.trackerLost();
  }

  /** Says something about links, or nonsense, to everyone it is linked to. */
  sayToAll(text: string): void {
    for (const link of [...this.links.values()]) link.send(text);
  }

  leave(): void {
    this.#online = false;
    this.#sim.tracker.request(this, { type: "leave" });
    this.connections.stop();
    this.talk.stop();
  }

  vanish(): void {
    this.#online = false;
    this.#sim.tracker.broke(this.peer);
    for (const link of [...this.links.values()]) link.vanish();
    this.connections.stop();
    this.talk.stop();
  }

  #newTalk(): SyncTalk {
    const sim = this.#sim;
    return new SyncTalk(this.info.user, {
      channel: CHANNEL,
      now: () => sim.clock.now(),
      after: (delayMs, run) => sim.clock.after(delayMs, run),
      send: (to, message) => this.connections.send(to, message),
      strike: (peer, reason) => this.connections.strike(peer, reason),
      isFullMesh: () => this.connections.isFullMesh(CHANNEL),
      size: () => this.connections.sizeOf(CHANNEL),
      copied: (entry) => {
        const spread = sim.spreads[entry];
        if (spread !== undefined) spread.copies++;
      },
      kept: (entry, from, user) => {
        const spread = sim.spreads[entry];
        if (spread?.author.replaceAll("_", "") !== user) {
          sim.forged.push(`${this.user} shows ${entry} of ${user}`);
        }
        if (spread === undefined || from === undefined) return;
        const hops = (spread.arrivals.get(from)?.hops ?? 0) + 1;
        spread.arrivals.set(this.peer, { at: sim.clock.now(), hops });
      },
    });
  }

  #newConnections(): Connections {
    const sim = this.#sim;
    return new WatchedConnections(sim.strikes, {
      self: this.info,
      openLink: this.#openLink,
      clock: sim.clock,
      random: sim.random,
      newId: () => sim.newId("link"),
      channels: () => [CHANNEL],
      openDoor: (options) => new OpenDoor(options, this.#device),
      signal: (to, signal) => {
        sim.tracker.request(this, { type: "send-signal", to, signal });
        this.#relayAsWell(to, signal);
      },
      listPeers: (channel) =>
        sim.tracker.request(this, { type: "list-peers", channel }),
      events: {
        linkUp: (info, channels) => {
          if (channels.includes(CHANNEL)) this.talk.linkUp(info);
        },
        message: (from, message) => this.talk.receive(from, message),
        linkDown: (peer) => this.talk.linkDown(peer),
        bytes: () => {},
        drained: () => {},
        met: () => {},
        refused: () => {},
        changed: () => {},
      },
    });
  }

  /** Now and then a signal comes by a neighbour as well. */
  #relayAsWell(to: PeerId, signal: Signal): void {
    const { tracker, random, network, members } = this.#sim;
    if (random() >= tracker.signalDuplication) return;
    const relay = members.find(({ peer, links }) =>
      links.has(to) && this.links.has(peer)
    );
    if (relay === undefined) return;
    network.happenings.saw("duplication");
    this.connections.send(relay.peer, { type: "relay-signal", to, signal });
  }

  /** Links of the network, counted. */
  readonly #openLink: OpenLink = (options) => {
    const { remote, events } = options;
    const end = () => {
      this.connectionCount--;
      if (this.links.get(remote) === link) this.links.delete(remote);
    };
    this.connectionCount++;
    this.connectionsMost = Math.max(this.connectionsMost, this.connectionCount);
    const link: SimLink = new SimLink(this.#sim.network, this.peer, {
      ...options,
      events: {
        ...events,
        opened: (fingerprints) => {
          this.links.set(remote, link);
          events.opened(fingerprints);
        },
        closed: (problem) => {
          end();
          events.closed(problem);
        },
      },
    }, end);
    return link;
  };
}
