/**
 * Many histories, with their sync cores, authors, inboxes and stores, over a
 * seeded network that delays, duplicates, breaks and heals and splits in two,
 * with pages that are loaded anew, machines that lose their power or their
 * disks, and one peer that breaks every rule. Every message is encoded and
 * decoded; time is virtual; the same seed gives the same run. What must hold at
 * the end is in sync_faults.ts.
 *
 * `deno task sim SEED` replays one seed with its trace; `deno task sim 1-1000`
 * runs many and names those that fail.
 * @module
 */
import { setImmediate } from "node:timers";
import {
  DEFAULT_RETENTION,
  type Retention,
} from "../../lib/mesh/channel_log.ts";
import type { Bytes, Keys, Signer } from "../../lib/mesh/keys.ts";
import { STRIKES_MAX } from "../../lib/mesh/link_guard.ts";
import type { KeptEntry } from "../../lib/mesh/verified_entry.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import type { ChannelName, PeerId } from "../../lib/wire/names.ts";
import { cheapKeys, deviceKey } from "../tools/cheap_keys.ts";
import { type Happening, Happenings } from "./happenings.ts";
import { HeapClock } from "./heap_clock.ts";
import { Mallory } from "./mallory.ts";
import { type DiskKind, SimDisk } from "./sim_disk.ts";
import { faultsOf, type SyncResult, SyncWitness } from "./sync_faults.ts";
import {
  CHANNEL,
  type Device,
  SyncMember,
  type SyncWorld,
} from "./sync_member.ts";
import { SyncWires } from "./sync_wires.ts";

/** Longer than a round of digests and any timeout, several times over. */
const QUIET_MS = 150_000;
const FOUR_MONTHS_MS = 120 * 86_400_000;
/** What must befall some of a hundred seeds, or this tests less than it says. */
export const SYNC_HAPPENINGS: readonly Happening[] = [
  ...["loss", "latency", "reordering", "duplication"] as const,
  ...["partition", "heal", "mass-departure", "churn"] as const,
  ...["hostility", "power-cut", "lost-writes"] as const,
];
/** How long a machine may be without power. */
const OFF_MS = 8_000;
/** Longer than an entry takes to the disk and to the first of the others. */
const MID_WRITE_MS = 60;
/** By then a page has joined its channels. */
const REOPENED_MS = 200;
const MALLORY = "mallory";

export interface SimKeys {
  keys: Pick<Keys, "verify" | "sha256">;
  makeSigner(name: string): Promise<Signer> | Signer;
}

/** The stand-in; a run with real Ed25519 gives its own. */
export const CHEAP: SimKeys = {
  keys: cheapKeys,
  makeSigner: (name) => cheapKeys.signer(deviceKey(name)),
};

export interface SimOptions {
  seed: number;
  members?: number;
  steps?: number;
  /** All linked in the end, or a few links each, as in a large channel. */
  topology?: "mesh" | "sparse";
  /** Clocks four months ahead and behind, put right by the server's time. */
  wrongClocks?: boolean;
  hostile?: boolean;
  /** Entries that each keeps of the channel. */
  entriesMax?: number;
  disks?: DiskKind;
  crypto?: SimKeys;
  trace?: (line: string) => void;
}

export class SyncSim implements SyncWorld {
  readonly clock = new HeapClock(1_800_000_000_000);
  readonly keys: Pick<Keys, "verify" | "sha256">;
  readonly retention: Retention;
  readonly #random: Random;
  readonly #options: Required<SimOptions>;
  readonly #happenings = new Happenings();
  readonly #wires: SyncWires;
  readonly #witness: SyncWitness;
  #members: SyncMember[] = [];
  /** Without power, and when they have it again. */
  readonly #dark = new Set<Device>();
  readonly #mallory: { peer: PeerId; brain: Mallory } | undefined;
  readonly #banned = new Set<string>();
  #side = new Map<string, number>();
  /** Signatures and hashes that are being made. */
  #busy = 0;
  #devices = 0;

  constructor(options: SimOptions) {
    const { seed } = options;
    this.#options = {
      members: 6,
      steps: 200,
      topology: seed % 2 === 0 ? "mesh" : "sparse",
      wrongClocks: seed % 3 === 0,
      hostile: seed % 5 < 3,
      entriesMax: DEFAULT_RETENTION.entriesMax,
      disks: seed % 7 < 4 ? "prompt" : "relaxed",
      crypto: CHEAP,
      trace: () => {},
      ...options,
    };
    const { entriesMax, hostile, crypto } = this.#options;
    this.retention = { ...DEFAULT_RETENTION, entriesMax };
    this.keys = this.#counted(crypto.keys);
    this.#random = seededRandom(seed);
    this.#wires = this.#newWires();
    this.#witness = new SyncWitness(entriesMax);
    this.#mallory = hostile
      ? { peer: this.#newPeer(MALLORY), brain: new Mallory(this.#random) }
      : undefined;
  }

  get isFullMesh(): boolean {
    return this.#options.topology === "mesh";
  }

  /** Chaos, then every link heals, then quiet. */
  async run(): Promise<SyncResult> {
    const { members, steps } = this.#options;
    for (let index = 0; index < members; index++) {
      this.#open(await this.#newDevice(`user${index}`));
    }
    for (let step = 0; step < steps; step++) {
      await this.#step();
      await this.#advance(Math.floor(this.#random() * 100));
    }
    await this.#heal();
    await this.#advance(QUIET_MS);
    return await this.#witness.result(this.#members, {
      banned: this.#banned.size,
      deliveries: this.#wires.deliveries,
      happenings: this.#happenings,
    });
  }

  toldTimeFirst(): boolean {
    return this.#random() < 0.5;
  }

  isAlone(member: SyncMember): boolean {
    const isAlone = this.#members.every((other) =>
      other === member || this.#areApart(member.user, other.user)
    );
    member.wasAlone ||= isAlone;
    return isAlone;
  }

  send(from: SyncMember, to: PeerId, text: string): void {
    if (!from.isOff) this.#wires.send(from.peer, to, text);
  }

  strike(by: SyncMember, peer: PeerId, reason: string): void {
    const isJust = peer === this.#mallory?.peer;
    const user = this.#find(peer)?.user ?? MALLORY;
    this.trace(`strike by ${by.user} for ${user}: ${reason}`);
    if (!isJust) this.#witness.struck(user, reason);
    const strikes = (by.strikes.get(peer) ?? 0) + 1;
    by.strikes.set(peer, strikes);
    if (strikes < STRIKES_MAX) return;
    this.#banned.add(`${by.peer} ${peer}`);
    this.#wires.cut(by.peer, peer);
  }

  signed(signature: string): void {
    this.#witness.signed(signature);
  }

  kept(member: SyncMember, channel: ChannelName, entries: KeptEntry[]): void {
    if (member.isOff || channel !== CHANNEL) return;
    const linked = this.#members.flatMap((other) => {
      const since = this.#wires.linkedSince(member.peer, other.peer);
      return since === undefined ? [] : [{ member: other, since }];
    });
    this.#witness.kept(member, entries, { linked, now: this.clock.now() });
  }

  wrong(member: SyncMember, what: string): void {
    // A page that is gone writes nothing more, and says so to nobody.
    if (member.isOff) return;
    this.trace(`${member.user}: ${what}`);
    this.#witness.wrong(member, what);
  }

  trace(line: string): void {
    this.#options.trace(`${this.clock.now()} ${line}`);
  }

  async #step(): Promise<void> {
    if (this.#random() < 0.3) this.#attack();
    const dice = this.#random();
    const [a, b] = [this.#pick(), this.#pick()];
    if (a === undefined || b === undefined) return;
    if (dice < 0.45) return a.write(this.#random());
    if (dice < 0.47) return this.#part();
    if (dice < 0.5) return this.#rejoin();
    if (dice < 0.75) return this.#connectSome(a, b);
    if (dice < 0.92) return this.#wires.cut(a.peer, b.peer);
    if (dice < 0.96) return await this.#restart(a);
    // At its worst in the moment after something was sent.
    for (const one of [a, b]) one.write(this.#random());
    await this.#advance(MID_WRITE_MS * this.#random());
    await this.#cutPower(dice < 0.99 ? [a] : this.#third());
  }

  #pick(): SyncMember | undefined {
    return this.#members[Math.floor(this.#random() * this.#members.length)];
  }

  #third(): SyncMember[] {
    const count = Math.ceil(this.#members.length / 3);
    this.#happenings.saw("mass-departure");
    return this.#members.toSorted(() => this.#random() - 0.5).slice(0, count);
  }

  #find(peer: PeerId): SyncMember | undefined {
    return this.#members.find((member) => member.peer === peer);
  }

  async #newDevice(user: string): Promise<Device> {
    const { crypto, disks } = this.#options;
    const signer = await crypto.makeSigner(`${user}_${++this.#devices}`);
    const { clock } = this;
    const disk = new SimDisk(disks, { clock, random: this.#random });
    const sign = this.#busily((bytes: Bytes) => signer.sign(bytes));
    return { user, disk, signer: { key: signer.key, sign } };
  }

  #newPeer(user: string): PeerId {
    const digits = Math.floor(this.#random() * 1e12);
    return `${user}_${digits}`.padEnd(22, "_").slice(0, 22);
  }

  #open(device: Device): SyncMember {
    const { user } = device;
    const wrongBy = [0, FOUR_MONTHS_MS, -FOUR_MONTHS_MS];
    const turn = this.#options.wrongClocks ? Number(user.at(-1)) % 3 : 0;
    const clockOffsetMs = wrongBy[turn] as number;
    const parts = { device, clockOffsetMs, world: this };
    const member = new SyncMember(this.#newPeer(user), parts);
    this.#members.push(member);
    void member.start();
    return member;
  }

  /** The page is loaded anew: another peer id; the disk stays, or is wiped. */
  async #restart(old: SyncMember): Promise<void> {
    const keepsDisk = this.#random() < 0.7;
    const { user, device } = old;
    this.trace(`restart ${user}${keepsDisk ? "" : " without its disk"}`);
    this.#happenings.saw("churn");
    for (const { peer } of this.#members) this.#wires.cut(old.peer, peer);
    if (this.#mallory) this.#wires.cut(old.peer, this.#mallory.peer);
    old.close();
    this.#remove(old);
    this.#open(keepsDisk ? device : await this.#newDevice(user));
  }

  /** They stop at whatever they are at, and come back with what is on the disk. */
  async #cutPower(members: SyncMember[]): Promise<void> {
    for (const member of members) {
      if (member.isOff) continue;
      const { device, peer } = member;
      member.isOff = true;
      this.#remove(member);
      this.#wires.powerless(peer);
      const lost = device.disk.cutPower();
      this.trace(`power cut of ${device.user}, ${lost} writes lost`);
      this.#happenings.saw("power-cut");
      this.#happenings.saw("lost-writes", lost);
      await this.#witness.lostPower(device);
      this.#dark.add(device);
      this.clock.after(OFF_MS * this.#random(), () => this.#powerUp(device));
    }
  }

  #powerUp(device: Device): void {
    if (!this.#dark.delete(device)) return;
    this.trace(`${device.user} has power again`);
    const member = this.#open(device);
    const dice = this.#random();
    if (dice < 0.5) return;
    // Its page is written in at once, before it has met anybody.
    this.clock.after(REOPENED_MS, () => {
      if (!member.isOff) member.write(dice);
    });
  }

  #remove(member: SyncMember): void {
    this.#members = this.#members.filter((one) => one !== member);
  }

  #areApart(a: string, b: string): boolean {
    return this.#side.get(a) !== this.#side.get(b);
  }

  #connectSome(a: SyncMember, b: SyncMember): void {
    const { peer } = this.#mallory ?? {};
    if (peer !== undefined && this.#random() < 0.2) {
      const isBanned = this.#banned.has(`${a.peer} ${peer}`);
      if (isBanned || !a.isReady || this.#wires.isLinked(a.peer, peer)) return;
      this.trace(`up ${a.user} ${MALLORY}`);
      this.#wires.connect(a.peer, peer);
      const device = this.#mallory?.brain.key;
      const info = { peer, user: MALLORY, device };
      a.firstMet ??= peer;
      return a.history.linkUp(info, a.history.channels);
    }
    this.#connect(a, b);
  }

  #connect(a: SyncMember, b: SyncMember): void {
    const isTaken = a === b || this.#wires.isLinked(a.peer, b.peer);
    const canMeet = a.isReady && b.isReady && !this.#areApart(a.user, b.user);
    if (isTaken || !canMeet) return;
    this.#wires.connect(a.peer, b.peer);
    this.trace(`up ${a.user} ${b.user}`);
    a.linkUp(b);
    b.linkUp(a);
  }

  /** Two halves that can't reach each other until it heals. */
  #part(): void {
    this.#happenings.saw("partition");
    for (let user = 0; user < this.#options.members; user++) {
      this.#side.set(`user${user}`, this.#random() < 0.5 ? 0 : 1);
    }
    this.trace("partition");
    for (const a of this.#members) {
      for (const b of this.#members) {
        if (this.#areApart(a.user, b.user)) this.#wires.cut(a.peer, b.peer);
      }
    }
  }

  #rejoin(): void {
    if (this.#side.size > 0) this.#happenings.saw("heal");
    this.#side.clear();
  }

  async #heal(): Promise<void> {
    this.trace("heal");
    this.#rejoin();
    for (const device of [...this.#dark]) this.#powerUp(device);
    // Until all have read their disks.
    await this.#advance(2_000);
    for (const [index, a] of this.#members.entries()) {
      for (const [other, b] of this.#members.entries()) {
        const isNeighbour = other === index + 1 || this.#random() < 0.2 ||
          (index === 0 && other === this.#members.length - 1);
        if (index >= other) continue;
        if (this.isFullMesh || isNeighbour) this.#connect(a, b);
      }
    }
  }

  #attack(): void {
    if (this.#mallory === undefined) return;
    const { peer, brain } = this.#mallory;
    const targets = this.#members.filter((member) =>
      this.#wires.isLinked(member.peer, peer)
    );
    const attacks = brain.attack(targets, this.clock.now());
    for (const { signature } of brain.signed) this.signed(signature);
    if (attacks.length > 0) this.#happenings.saw("hostility");
    for (const { to, text } of attacks) this.#wires.send(peer, to, text);
  }

  #newWires(): SyncWires {
    return new SyncWires({
      clock: this.clock,
      random: this.#random,
      happenings: this.#happenings,
      deliver: (from, to, text) => {
        this.trace(`${from} > ${to} ${text}`);
        if (to === this.#mallory?.peer) return this.#mallory.brain.hear(text);
        this.#find(to)?.hear(from, text);
      },
      ended: (at, other) => {
        const member = this.#find(at);
        if (member === undefined) return;
        this.trace(`down ${member.user} ${other}`);
        member.history.linkDown(other);
      },
    });
  }

  /** Runs what falls due, one thing after the other, each to its end. */
  async #advance(byMs: number): Promise<void> {
    const end = this.clock.now() + byMs;
    do {
      do await new Promise<void>((resolve) => setImmediate(resolve)); while (
        this.#busy > 0
      );
    } while (this.clock.step(end));
    this.clock.advance(end - this.clock.now());
  }

  #counted(keys: SimKeys["keys"]): SimKeys["keys"] {
    return {
      verify: this.#busily((...args: Parameters<Keys["verify"]>) =>
        keys.verify(...args)
      ),
      sha256: this.#busily((bytes: Bytes) => keys.sha256(bytes)),
    };
  }

  /** Time stands still until real cryptography is through. */
  #busily<Args extends unknown[], T>(
    work: (...args: Args) => Promise<T> | T,
  ): (...args: Args) => Promise<T> {
    return async (...args) => {
      this.#busy++;
      try {
        return await work(...args);
      } finally {
        this.#busy--;
      }
    };
  }
}

/** Runs one seed and tells what happens. */
export async function traceSync(
  seed: number,
  log: (line: string) => void,
): Promise<void> {
  const result = await new SyncSim({ seed, trace: log }).run();
  const { views, required, banned, deliveries, happenings } = result;
  log(`seed ${seed}: ${required.length} written, ${deliveries} delivered`);
  log(`shown by each: ${views.map(({ honest }) => honest.length).join(" ")}`);
  log(`links closed for good: ${banned}`);
  log(`what befell it: ${happenings}`);
  for (const fault of faultsOf(result)) log(`fault: ${fault}`);
}
