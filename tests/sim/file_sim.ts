/**
 * Files among a few peers over a network that breaks, splits and restarts them,
 * with disks that lose pieces and a holder that lies. At the end everything
 * heals, and everybody must have every file, each byte of it.
 * @module
 */
import { seededRandom } from "../../lib/random.ts";
import { FileExchange } from "../../lib/mesh/file_exchange.ts";
import { MemoryFileStore } from "../../lib/mesh/file_store.ts";
import type { Bytes } from "../../lib/mesh/keys.ts";
import { STRIKES_MAX } from "../../lib/mesh/link_guard.ts";
import type { KeptEntry } from "../../lib/mesh/verified_entry.ts";
import type { EntryBody } from "../../lib/wire/entry.ts";
import {
  type FileInfo,
  PIECE_BYTES,
  pieceLength,
} from "../../lib/wire/file.ts";
import type { FileMessage } from "../../lib/wire/file_messages.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import type { PeerInfo } from "../../lib/wire/tracker_api.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { signedBy } from "../tools/entries.ts";
import { bytesOf, sourceOf } from "../tools/file_bytes.ts";
import { peerId } from "../tools/ids.ts";
import { type FileEnd, FileWires } from "./file_wires.ts";
import { HeapClock } from "./heap_clock.ts";
import { LIES, LyingHolder } from "./lying_holder.ts";

const CHANNEL = "general";
const STEP_MS = 200;
const HEALING_MS = 240_000;
const AUTHOR = deviceKey("author");

export interface FileSimOptions {
  seed: number;
  peers?: number;
  steps?: number;
  files?: number;
  hostile?: boolean;
  /** Everybody linked to everybody, or to the next two only. */
  topology?: "full" | "ring";
  log?: (line: string) => void;
}

export interface FileSimResult {
  /** Files that somebody lacks at the end, or has otherwise than sent. */
  missing: string[];
  /** Honest peers that another one struck. */
  unjust: string[];
  /** The most strikes that the liar got from one peer. */
  liarStrikes: number;
  /** Bytes that went over links, beside what all files together have. */
  bytes: number;
  needed: number;
}

/** Quick and no good against anybody who tries. */
const quickKeys = {
  sha256(bytes: Bytes): Bytes {
    const hash = new Uint8Array(32);
    const words = new Uint32Array(hash.buffer);
    const whole = bytes.length >> 2;
    const view = new Uint32Array(bytes.slice(0, whole * 4).buffer);
    let [a, b] = [bytes.length, 1];
    for (const word of view) {
      a = Math.imul(a ^ word, 0x85ebca77);
      b = Math.imul(b ^ a ^ (a >>> 15), 0xc2b2ae3d);
    }
    for (let at = whole * 4; at < bytes.length; at++) {
      b = Math.imul(b ^ (bytes[at] ?? 0), 0x27d4eb2f);
    }
    words.fill(a, 0, 4);
    words.fill(b, 4, 8);
    return hash;
  },
};

export class FileSim {
  readonly clock = new HeapClock();
  readonly random: () => number;
  readonly wires: FileWires;
  readonly options: Required<FileSimOptions>;
  readonly honest: SimHolder[] = [];
  readonly liar: LyingHolder;
  readonly entries: KeptEntry[] = [];
  readonly contents = new Map<string, Bytes>();
  readonly strikes = new Map<string, number>();

  constructor(options: FileSimOptions) {
    this.options = {
      ...{ peers: 5, steps: 60, files: 3, hostile: true, topology: "full" },
      log: () => {},
      ...options,
    };
    this.random = seededRandom(options.seed);
    this.wires = new FileWires(this.clock, this.random);
    const lie = LIES[options.seed % LIES.length] ?? "silence";
    const { wires, random } = this;
    this.liar = new LyingHolder(lie, { wires, random });
    for (let at = 0; at < this.options.peers; at++) {
      this.honest.push(new SimHolder(`peer${at}`, this));
    }
  }

  async run(): Promise<FileSimResult> {
    this.#linkAll();
    for (let file = 0; file < this.options.files; file++) {
      await this.#share(file);
    }
    for (let step = 0; step < this.options.steps; step++) {
      this.#disturb();
      await this.pass(STEP_MS);
    }
    this.log("everything heals");
    let result = await this.#result();
    for (
      let ms = 0;
      ms < HEALING_MS && result.missing.length > 0;
      ms += 2_000
    ) {
      this.#linkAll();
      for (const peer of this.honest) peer.fetchAll();
      await this.pass(2_000);
      if (this.#isDone()) result = await this.#result();
    }
    result = await this.#result();
    for (const peer of this.honest) peer.exchange.stop();
    return result;
  }

  log(line: string): void {
    this.options.log(`${this.clock.now() - 1_000_000_000} ${line}`);
  }

  /** Time goes on, and promises settle in between. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 20) {
      this.clock.advance(20);
      for (let turn = 0; turn < 30; turn++) await Promise.resolve();
    }
  }

  /** Its author has an entry at once, the others after a while. */
  write(author: SimHolder, body: EntryBody): KeptEntry {
    const seq = this.entries.length + 1;
    const entry = signedBy(AUTHOR, { seq, prev: "p".repeat(43), body });
    const kept = { ...entry, at: seq };
    this.entries.push(kept);
    author.hear([kept]);
    for (const peer of this.honest) {
      if (peer === author) continue;
      this.clock.after(this.random() * 500, () => peer.hear([kept]));
    }
    return kept;
  }

  strike(by: PeerId, peer: PeerId, reason: string): void {
    const pair = `${by} ${peer}`;
    const count = (this.strikes.get(pair) ?? 0) + 1;
    this.strikes.set(pair, count);
    this.log(`${by} strikes ${peer}: ${reason}`);
    // At the limit the link is closed, as connections.ts does.
    const ends = by < peer ? `${by} ${peer}` : `${peer} ${by}`;
    if (count >= STRIKES_MAX) this.clock.after(0, () => this.wires.cut(ends));
  }

  end(peer: PeerId): FileEnd | undefined {
    return [...this.honest, this.liar].find(({ info }) => info.peer === peer);
  }

  async #share(number: number): Promise<void> {
    const author = this.#any();
    const size = Math.floor(this.random() * 4 * PIECE_BYTES);
    const bytes = bytesOf(number === 0 ? 0 : size, number);
    const sent = author.exchange.send(CHANNEL, sourceOf(bytes));
    await this.pass(20);
    await sent;
    const entry = this.entries.at(-1)?.entry;
    if (entry?.kind === "file") {
      this.contents.set(entry.hash, bytes);
      author.keeps.add(entry.hash);
    }
    this.log(`${author.info.user} shares ${bytes.length} bytes`);
  }

  #disturb(): void {
    const chance = this.random();
    const peer = this.#any();
    if (chance < 0.2) peer.fetchAll();
    else if (chance < 0.4) {
      const { pairs } = this.wires;
      const pair = pairs[Math.floor(this.random() * pairs.length)];
      this.log(`breaks ${pair}`);
      if (pair !== undefined) this.wires.cut(pair);
    } else if (chance < 0.55) this.#linkAll();
    else if (chance < 0.6) peer.restart();
    else if (chance < 0.65) peer.spoil();
    else if (chance < 0.7) peer.cancelOne();
    else if (chance < 0.75) {
      this.log(`${peer.info.user} is alone`);
      this.wires.cutAllOf(peer.info.peer);
    }
  }

  #any(): SimHolder {
    return this.honest[
      Math.floor(this.random() * this.honest.length)
    ] as SimHolder;
  }

  #linkAll(): void {
    const { topology, hostile } = this.options;
    const count = this.honest.length;
    for (const [at, a] of this.honest.entries()) {
      for (const [other, b] of this.honest.entries()) {
        const apart = (other - at + count) % count;
        if (topology === "full" || apart <= 2) this.wires.connect(a, b);
      }
      const isOut = (this.strikes.get(
        `${a.info.peer} ${this.liar.info.peer}`,
      ) ?? 0) >= STRIKES_MAX;
      if (hostile && !isOut) this.wires.connect(a, this.liar);
    }
  }

  #isDone(): boolean {
    return this.honest.every(({ exchange }) =>
      [...this.contents.keys()]
        .every((hash) => exchange.state(hash).state === "held")
    );
  }

  async #result(): Promise<FileSimResult> {
    const missing: string[] = [];
    let needed = 0;
    for (const { info, exchange } of this.honest) {
      for (const [hash, bytes] of this.contents) {
        needed += bytes.length;
        const state = exchange.state(hash).state;
        // Reading finds out what the disk has spoiled.
        const read = await exchange.read(hash, 0, bytes.length)
          .catch(() => undefined);
        const isRight = read?.every((byte, at) => byte === bytes[at]);
        if (!isRight) missing.push(`${info.user} ${hash.slice(0, 6)} ${state}`);
      }
    }
    const liar = this.liar.info.peer;
    const unjust = [...this.strikes.keys()]
      .filter((pair) => !pair.endsWith(liar));
    const liarStrikes = Math.max(0, ...this.strikes.values());
    return { missing, unjust, liarStrikes, bytes: this.wires.bytes, needed };
  }
}

/** One honest peer, and what is left of it over restarts. */
class SimHolder implements FileEnd {
  readonly info: PeerInfo;
  readonly store = new MemoryFileStore();
  readonly #sim: FileSim;
  /** Its disk spoils nothing of these: somebody must have them. */
  readonly keeps = new Set<string>();
  readonly #heard: KeptEntry[] = [];
  exchange: FileExchange;

  constructor(name: string, sim: FileSim) {
    this.info = { peer: peerId(name), user: name };
    this.#sim = sim;
    this.exchange = this.#open();
  }

  hear(entries: KeptEntry[]): void {
    this.#heard.push(...entries);
    this.exchange.entriesKept(CHANNEL, entries);
  }

  restart(): void {
    this.#sim.log(`${this.info.user} restarts`);
    this.#sim.wires.cutAllOf(this.info.peer);
    this.exchange.stop();
    this.exchange = this.#open();
    this.exchange.entriesKept(CHANNEL, this.#heard);
  }

  fetchAll(): void {
    for (const { entry } of this.#heard) {
      if (entry.kind !== "file") continue;
      const { state } = this.exchange.state(entry.hash);
      if (state === "absent") this.exchange.fetch(CHANNEL, entry);
    }
  }

  cancelOne(): void {
    const file = this.#heard.map(({ entry }) => entry)
      .find(({ kind }) => kind === "file") as FileInfo | undefined;
    if (file !== undefined) this.exchange.cancel(file.hash);
  }

  /** The disk gives back other bytes for a piece than it got. */
  spoil(): void {
    const { random } = this.#sim;
    void this.store.list().then((files) => {
      const file = files[Math.floor(random() * files.length)];
      const [piece] = file?.held ?? [];
      if (file === undefined || piece === undefined) return;
      if (this.keeps.has(file.hash)) return;
      this.#sim.log(`the disk of ${this.info.user} spoils a piece`);
      const bytes = new Uint8Array(pieceLength(file.size, piece));
      void this.store.write(file.hash, piece, bytes);
    });
  }

  linkUp(other: PeerInfo): void {
    this.exchange.linkUp(other, [CHANNEL]);
  }

  linkDown(other: PeerId): void {
    this.exchange.linkDown(other);
  }

  receive(from: PeerId, message: FileMessage): void {
    this.exchange.receive(from, message);
  }

  frame(from: PeerId, bytes: Uint8Array): void {
    this.exchange.bytes(from, bytes);
  }

  drained(to: PeerId): void {
    this.exchange.drained(to);
  }

  #open(): FileExchange {
    const { clock, random, wires, options } = this.#sim;
    const { peer: self } = this.info;
    const exchange = new FileExchange({
      ...{ self, random, clock, keys: quickKeys, store: this.store },
      send: (to, message) => wires.send(self, to, message),
      sendBytes: (to, frame) => wires.sendBytes(self, to, frame),
      strike: (peer, reason) => this.#sim.strike(self, peer, reason),
      meet: ({ peer }) => {
        const other = this.#sim.end(peer);
        this.#sim.log(`${self} meets ${peer}`);
        clock.after(300, () => other && wires.connect(this, other));
      },
      isFullMesh: () => options.topology === "full",
      share: (_channel, file) => {
        const body = { kind: "file" as const, ...file };
        const { entry } = this.#sim.write(this, body);
        return Promise.resolve({ author: entry.author, seq: entry.seq });
      },
      changed: () => {},
    });
    exchange.start();
    return exchange;
  }
}

/** What is wrong at the end of a run; empty where all is well. */
export function fileFaultsOf(
  { missing, unjust }: FileSimResult,
): string[] {
  return [
    ...missing.map((what) => `is missing: ${what}`),
    ...unjust.map((pair) => `struck without cause: ${pair}`),
  ];
}

export async function traceFiles(
  seed: number,
  log: (line: string) => void,
): Promise<void> {
  const result = await new FileSim({ seed, log }).run();
  for (const fault of fileFaultsOf(result)) log(fault);
  log(JSON.stringify(result));
}
