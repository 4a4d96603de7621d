/**
 * Many sync cores, with their verifiers, authors and stores, over a seeded
 * network that delays, duplicates, breaks and heals, splits in two and restarts
 * peers, with and without their stores, and with one peer that breaks every
 * rule. Every message is encoded and decoded; time is virtual; the same seed
 * gives the same run.
 *
 * `deno task sim SEED` replays one seed with its trace; `deno task sim 1-1000`
 * runs many and names those that fail.
 * @module
 */
import { type Random, seededRandom } from "../../lib/random.ts";
import type { Clock } from "../../lib/clock.ts";
import { Author } from "../../lib/mesh/author.ts";
import { CertificateBook } from "../../lib/mesh/certificate_book.ts";
import { DEFAULT_RETENTION } from "../../lib/mesh/channel_log.ts";
import { EntryVerifier } from "../../lib/mesh/entry_verifier.ts";
import type { Keys, Signer } from "../../lib/mesh/keys.ts";
import { STRIKES_MAX } from "../../lib/mesh/link_guard.ts";
import { MemoryStore } from "../../lib/mesh/store.ts";
import { Sync } from "../../lib/mesh/sync.ts";
import type { SyncAction } from "../../lib/mesh/sync_state.ts";
import type { DeviceKey } from "../../lib/wire/device_key.ts";
import type { EntryBody } from "../../lib/wire/entry.ts";
import type { Certificate } from "../../lib/wire/identity.ts";
import {
  decodeLinkMessage,
  encodeLinkMessage,
  type ReceivedMessage,
} from "../../lib/wire/link.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import { certificateOf, cheapKeys, deviceKey } from "../tools/cheap_keys.ts";
import { Mallory } from "./mallory.ts";

export const CHANNEL = "general";
/** All are in it, and nobody says anything there. */
export const SILENT_CHANNEL = "silent";
const [LATENCY_MIN_MS, LATENCY_MAX_MS] = [5, 200];
const DUPLICATED = 0.05;
/** Longer than a round of digests and any timeout, several times over. */
const QUIET_MS = 150_000;
const FOUR_MONTHS_MS = 120 * 86_400_000;

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
  crypto?: SimKeys;
  trace?: (line: string) => void;
}

/** What survives a restart. */
interface Disk {
  store: MemoryStore;
  signer: Signer;
}

export interface Member {
  peer: PeerId;
  user: string;
  disk: Disk;
  certificate: Certificate;
  sync: Sync;
  verifier: EntryVerifier;
  author: Author;
  strikes: Map<PeerId, number>;
  forks: Set<DeviceKey>;
  clockOffset: number;
  /** Set where its messages are written by hand. */
  mallory?: Mallory;
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

export interface MemberView {
  user: string;
  key: DeviceKey;
  /** As shown, `user:seq` of each; of honest authors. */
  honest: string[];
  /** The same of the hostile author, until it is seen to have forked. */
  hostile: string[];
  forks: DeviceKey[];
  /** Users under whose name something is shown that they never wrote. */
  forged: string[];
}

export interface SimResult {
  views: MemberView[];
  /** Written by devices that are still there: all must have it. */
  written: string[];
  /** Strikes against honest peers. */
  unjust: string[];
  banned: number;
  deliveries: number;
  /** Entries that one member held at once, at the most. */
  largest: number;
}

export class SyncSim {
  readonly #random: Random;
  readonly #options: Required<SimOptions>;
  #now = 1_800_000_000_000;
  #members: Member[] = [];
  readonly #links = new Map<string, number>();
  readonly #banned = new Set<string>();
  readonly #lastArrival = new Map<string, number>();
  #queue: Delivery[] = [];
  #order = 0;
  #side = new Map<string, number>();
  readonly #signed = new Set<string>();
  readonly #written = new Map<DeviceKey, string[]>();
  readonly #unjust: string[] = [];
  #deliveries = 0;
  #largest = 0;
  #devices = 0;

  constructor(options: SimOptions) {
    this.#options = {
      members: 6,
      steps: 200,
      topology: options.seed % 2 === 0 ? "mesh" : "sparse",
      wrongClocks: options.seed % 3 === 0,
      hostile: options.seed % 5 < 3,
      entriesMax: DEFAULT_RETENTION.entriesMax,
      crypto: CHEAP,
      trace: () => {},
      ...options,
    };
    this.#random = seededRandom(options.seed);
  }

  /** Chaos, then every link heals, then quiet. */
  async run(): Promise<SimResult> {
    const { members, steps, hostile } = this.#options;
    for (let index = 0; index < members; index++) {
      this.#members.push(await this.#open(`user${index}`));
    }
    if (hostile) {
      const member = await this.#open("mallory");
      member.mallory = new Mallory(member, this.#random);
      this.#members.push(member);
    }
    for (let step = 0; step < steps; step++) {
      await this.#step();
      await this.#advance(Math.floor(this.#random() * 100));
    }
    await this.#heal();
    await this.#advance(QUIET_MS);
    return this.#result();
  }

  async #step(): Promise<void> {
    const mallory = this.#members.find((one) => one.mallory !== undefined);
    if (mallory !== undefined && this.#random() < 0.3) {
      await this.#attack(mallory);
    }
    const dice = this.#random();
    const [a, b] = [this.#pick(), this.#pick()];
    if (dice < 0.45) return await this.#write(a);
    if (dice < 0.47) return await this.#partition();
    if (dice < 0.5) return this.#side.clear();
    if (a === b) return;
    if (dice < 0.75) await this.#connect(a, b);
    else if (dice < 0.94) await this.#break(a, b);
    else await this.#restart(a, { keepsDisk: this.#random() < 0.8 });
  }

  #pick(): Member {
    const index = Math.floor(this.#random() * this.#members.length);
    return this.#members[index] as Member;
  }

  async #open(user: string, disk?: Disk): Promise<Member> {
    const digits = Math.floor(this.#random() * 1e12);
    const peer = `${user}_${digits}`.padEnd(22, "_").slice(0, 22);
    const { crypto, wrongClocks, topology } = this.#options;
    disk ??= {
      store: new MemoryStore(),
      signer: await crypto.makeSigner(`${user}_${++this.#devices}`),
    };
    const { store, signer } = disk;
    const certificates = new CertificateBook({
      isGenuine: (one) =>
        one.signature === certificateOf(one.user, one.key).signature,
      learned: (one) => void store.keepCertificate(one),
    });
    const certificate = certificateOf(user, signer.key);
    await certificates.learn(certificate);
    certificates.restore(await store.certificates());
    const { entriesMax } = this.#options;
    const sync = new Sync({
      certificateOf: (author) => certificates.get(author),
      retentionOf: () => ({ ...DEFAULT_RETENTION, entriesMax }),
    });
    sync.setKey(signer.key);
    sync.broadcast.setFullMesh(CHANNEL, topology === "mesh");
    const verifier = new EntryVerifier({
      keys: crypto.keys,
      certificates,
      known: (channel, ref, entry) => sync.known(channel, ref, entry),
    });
    const wrongBy = [0, FOUR_MONTHS_MS, -FOUR_MONTHS_MS];
    const turn = Number(user.at(-1)) % 3 || 0;
    const clockOffset = wrongClocks ? wrongBy[turn] as number : 0;
    const member: Member = {
      ...{ peer, user, disk, certificate, sync, verifier, clockOffset },
      author: undefined as unknown as Author,
      strikes: new Map(),
      forks: new Set(),
    };
    member.author = this.#author(member);
    sync.setServerTime(this.#now, this.#timeOf(member));
    for (const channel of [SILENT_CHANNEL, CHANNEL]) {
      await this.#perform(member, sync.join(channel, this.#timeOf(member)));
    }
    const stored = await store.load(CHANNEL);
    for (const { author } of stored.forks) member.forks.add(author);
    const restored = sync.restore(CHANNEL, stored, this.#timeOf(member));
    await this.#perform(member, restored);
    return member;
  }

  #author(member: Member): Author {
    const { sync, user, disk } = member;
    const clock: Clock = {
      now: () => this.#timeOf(member),
      after: () => () => {},
    };
    return new Author({
      user,
      clock,
      keys: this.#options.crypto.keys,
      ready: () => Promise.resolve(disk.signer),
      nextHead: (channel, now) => sync.nextHead(channel, now),
      async keep(own) {
        await disk.store.append({ ...own, at: own.entry.time });
        return true;
      },
      commit: (own) => {
        this.#signed.add(own.signed);
        const list = this.#written.get(own.entry.author) ?? [];
        this.#written.set(own.entry.author, list);
        list.push(`${user}:${own.entry.author}:${own.entry.seq}`);
        this.#performed = sync.commit(own, this.#timeOf(member));
      },
    });
  }

  /** What the last commit has come to. */
  #performed: SyncAction[] = [];

  /** Its machine's clock, right or wrong. */
  #timeOf({ clockOffset }: Member): number {
    return this.#now + clockOffset;
  }

  async #write(member: Member): Promise<void> {
    if (member.mallory !== undefined) return await this.#attack(member);
    const own = member.sync.view(CHANNEL)
      .filter(({ entry }) => entry.author === member.disk.signer.key);
    const body = someBody(member.user, own.length, this.#random());
    const { entry } = await member.author.write(CHANNEL, body);
    this.#trace(`write ${member.user} ${entry.seq} ${entry.kind}`);
    await this.#perform(member, this.#performed);
  }

  async #attack(member: Member): Promise<void> {
    const targets = this.#members.filter((other) =>
      this.#links.has(linkKey(member.peer, other.peer))
    );
    const attacks = await member.mallory?.attack(targets, this.#now) ?? [];
    for (const { signed } of member.mallory?.signed ?? []) {
      this.#signed.add(signed);
    }
    for (const { to, text } of attacks) this.#send(member, to, text);
  }

  async #connect(a: Member, b: Member): Promise<void> {
    const key = linkKey(a.peer, b.peer);
    const apart = this.#side.get(a.user) !== this.#side.get(b.user);
    if (this.#links.has(key) || this.#banned.has(key) || apart) return;
    this.#links.set(key, this.#order++);
    this.#trace(`up ${a.user} ${b.user}`);
    for (const [one, other] of [[a, b], [b, a]] as const) {
      const { peer, user, disk, sync } = other;
      if (one.mallory !== undefined) continue;
      const info = { peer, user, device: disk.signer.key };
      const channels = sync.channels;
      const now = this.#timeOf(one);
      await this.#perform(one, one.sync.linkUp(info, channels, now));
    }
  }

  async #break(a: Member, b: Member): Promise<void> {
    const key = linkKey(a.peer, b.peer);
    if (!this.#links.delete(key)) return;
    this.#trace(`down ${a.user} ${b.user}`);
    await this.#perform(a, a.sync.linkDown(b.peer, this.#timeOf(a)));
    await this.#perform(b, b.sync.linkDown(a.peer, this.#timeOf(b)));
  }

  /** Two halves that can't reach each other until it heals. */
  async #partition(): Promise<void> {
    for (const { user } of this.#members) {
      this.#side.set(user, this.#random() < 0.5 ? 0 : 1);
    }
    this.#trace("partition");
    for (const a of this.#members) {
      for (const b of this.#members) {
        if (this.#side.get(a.user) !== this.#side.get(b.user)) {
          await this.#break(a, b);
        }
      }
    }
  }

  /** The page is loaded anew: another peer id; the disk stays, or is wiped. */
  async #restart(
    old: Member,
    { keepsDisk }: { keepsDisk: boolean },
  ): Promise<void> {
    if (old.mallory !== undefined) return;
    this.#trace(`restart ${old.user}${keepsDisk ? "" : " without its disk"}`);
    for (const other of this.#members) await this.#break(old, other);
    const fresh = await this.#open(old.user, keepsDisk ? old.disk : undefined);
    this.#members = this.#members.map((one) => one === old ? fresh : one);
  }

  async #heal(): Promise<void> {
    this.#side.clear();
    this.#trace("heal");
    const honest = this.#members.filter(({ mallory }) => !mallory);
    for (const [index, a] of honest.entries()) {
      for (const [other, b] of honest.entries()) {
        const isNeighbour = other === index + 1 || this.#random() < 0.2 ||
          (index === 0 && other === honest.length - 1);
        if (index >= other) continue;
        if (this.#options.topology === "mesh" || isNeighbour) {
          await this.#connect(a, b);
        }
      }
    }
  }

  async #perform(member: Member, actions: SyncAction[]): Promise<void> {
    if (member.mallory !== undefined) return;
    const { store } = member.disk;
    this.#largest = Math.max(this.#largest, member.sync.view(CHANNEL).length);
    for (const action of actions) {
      switch (action.type) {
        case "keep":
        case "update":
          await store.keep(action.kept);
          break;
        case "forget":
          await store.forget(action.dropped.map(({ entry }) => entry));
          break;
        case "fork-found":
          member.forks.add(action.known.author);
          await store.keepFork(action.channel, action.known);
          this.#trace(`${member.user} finds a fork`);
          break;
        case "strike":
          await this.#strike(member, action.peer, action.reason);
          break;
        case "send":
          this.#send(member, action.to, encodeLinkMessage(action.message));
      }
    }
  }

  #send(from: Member, to: PeerId, text: string): void {
    const link = this.#links.get(linkKey(from.peer, to));
    if (link === undefined) return;
    // A data channel keeps the order of what one side sends.
    const lane = `${from.peer}>${to}`;
    const latency = LATENCY_MIN_MS +
      Math.floor(this.#random() * (LATENCY_MAX_MS - LATENCY_MIN_MS));
    const at = Math.max(this.#now + latency, this.#lastArrival.get(lane) ?? 0);
    this.#lastArrival.set(lane, at);
    const copies = this.#random() < DUPLICATED ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const order = this.#order++;
      this.#queue.push({ at, order, from: from.peer, to, link, text });
    }
  }

  /** Runs deliveries and ticks in the order of their times. */
  async #advance(byMs: number): Promise<void> {
    const end = this.#now + byMs;
    for (;;) {
      const delivery = this.#queue.reduce<Delivery | undefined>(
        earlier,
        undefined,
      );
      const due = this.#members.reduce((first, member) =>
        dueAt(member) < dueAt(first) ? member : first
      );
      const next = Math.min(delivery?.at ?? Infinity, dueAt(due));
      if (next > end) break;
      this.#now = Math.max(this.#now, next);
      if (delivery?.at === next) await this.#deliver(delivery);
      else await this.#perform(due, due.sync.tick(this.#timeOf(due)));
    }
    this.#now = end;
  }

  async #deliver(delivery: Delivery): Promise<void> {
    this.#queue = this.#queue.filter((other) => other !== delivery);
    const { from, to, link, text } = delivery;
    if (this.#links.get(linkKey(from, to)) !== link) return;
    const member = this.#members.find(({ peer }) => peer === to);
    if (member === undefined) return;
    this.#deliveries++;
    this.#trace(`${from} > ${to} ${text}`);
    if (member.mallory !== undefined) return member.mallory.hear(text);
    let message: ReceivedMessage;
    try {
      message = decodeLinkMessage(text);
    } catch (error) {
      return await this.#strike(member, from, String(error));
    }
    await this.#receive(member, from, message);
  }

  async #receive(
    member: Member,
    from: PeerId,
    message: ReceivedMessage,
  ): Promise<void> {
    const hasEntries = message.type === "entries" ||
      message.type === "entry-written" || message.type === "fork-found";
    const now = this.#timeOf(member);
    if (!hasEntries) {
      return this.#perform(member, member.sync.receive(from, message, now));
    }
    const verdict = await member.verifier.verify(message);
    if (verdict.message !== undefined) {
      const actions = member.sync.receive(from, verdict.message, now);
      await this.#perform(member, actions);
    }
    for (const reason of verdict.faults) {
      await this.#strike(member, from, reason);
    }
  }

  async #strike(by: Member, peer: PeerId, reason: string): Promise<void> {
    const other = this.#members.find((one) => one.peer === peer);
    this.#trace(`strike by ${by.user} for ${other?.user}: ${reason}`);
    if (other?.mallory === undefined) {
      this.#unjust.push(`${other?.user}: ${reason}`);
    }
    const strikes = (by.strikes.get(peer) ?? 0) + 1;
    by.strikes.set(peer, strikes);
    if (strikes < STRIKES_MAX || other === undefined) return;
    this.#banned.add(linkKey(by.peer, peer));
    await this.#break(by, other);
  }

  #result(): SimResult {
    const honest = this.#members.filter(({ mallory }) => !mallory);
    const devices = new Set(honest.map(({ disk }) => disk.signer.key));
    const written = [...this.#written].flatMap(([key, entries]) =>
      devices.has(key) ? entries : []
    );
    return {
      views: honest.map((member) => this.#viewOf(member)),
      written,
      unjust: this.#unjust,
      banned: this.#banned.size,
      deliveries: this.#deliveries,
      largest: this.#largest,
    };
  }

  #viewOf({ sync, user, disk, forks }: Member): MemberView {
    const view: MemberView = {
      user,
      key: disk.signer.key,
      honest: [],
      hostile: [],
      forks: [...forks].sort(),
      forged: [],
    };
    for (const kept of sync.view(CHANNEL)) {
      const { author, seq } = kept.entry;
      const name = `${kept.user}:${author}:${seq}`;
      if (!this.#signed.has(kept.signed)) view.forged.push(name);
      if (kept.user !== "mallory") view.honest.push(name);
      else if (!forks.has(author)) view.hostile.push(name);
    }
    for (const kept of sync.view(SILENT_CHANNEL)) {
      view.forged.push(`${kept.user}:${kept.entry.seq} out of its channel`);
    }
    // It dates its entries as it likes: they are shown when they came.
    view.hostile.sort();
    return view;
  }

  #trace(line: string): void {
    this.#options.trace(`${this.#now} ${line}`);
  }
}

/** Now and then something other than a text. */
function someBody(user: string, written: number, dice: number): EntryBody {
  const target = 1 + Math.floor(dice * 1_000) % Math.max(1, written);
  if (written > 0 && dice < 0.1) return { kind: "delete", target };
  if (written > 0 && dice < 0.2) {
    return { kind: "edit", target, text: "edited" };
  }
  return { kind: "text", text: `${user} ${dice}` };
}

/** In true time. */
function dueAt({ sync, clockOffset, mallory }: Member): number {
  return mallory === undefined ? sync.dueAt - clockOffset : Infinity;
}

function earlier(first: Delivery | undefined, next: Delivery): Delivery {
  if (first === undefined) return next;
  if (next.at !== first.at) return next.at < first.at ? next : first;
  return next.order < first.order ? next : first;
}

export function linkKey(a: PeerId, b: PeerId): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

/** What is wrong at the end of a run; empty where all is well. */
export function faultsOf({ views, written, unjust }: SimResult): string[] {
  const faults = unjust.map((strike) => `struck for nothing: ${strike}`);
  const [first] = views;
  for (const view of views) {
    const shown = new Set(view.honest);
    const lacks = written.filter((name) => !shown.has(name));
    if (lacks.length > 0) faults.push(`${view.user} lacks ${lacks}`);
    if (view.forged.length > 0) {
      faults.push(`${view.user} shows ${view.forged}`);
    }
    if (shown.size !== view.honest.length) faults.push(`${view.user} twice`);
    for (const part of ["honest", "hostile", "forks"] as const) {
      if (`${view[part]}` === `${first?.[part]}`) continue;
      faults.push(`${view.user} and ${first?.user} differ in ${part}`);
    }
  }
  return faults;
}

/** Runs one seed and tells what happens. */
export async function traceSync(
  seed: number,
  log: (line: string) => void,
): Promise<void> {
  const result = await new SyncSim({ seed, trace: log }).run();
  const { views, written, banned, deliveries } = result;
  log(`seed ${seed}: ${written.length} written, ${deliveries} delivered`);
  log(`shown by each: ${views.map(({ honest }) => honest.length).join(" ")}`);
  log(`links closed for good: ${banned}`);
  for (const fault of faultsOf(result)) log(`fault: ${fault}`);
}
