/**
 * A disk of the simulator: what is written takes its time, one thing after the
 * other, and a power cut leaves a beginning of it. It keeps the two promises
 * that stores make (lib/mesh/store.ts): a `prompt` one has on it what it has
 * answered for, as SQLite; a `relaxed` one what came before the last flush(),
 * as IndexedDB.
 * @module
 */
import type { Clock } from "../../lib/clock.ts";
import {
  type EntryKey,
  MemoryStore,
  type Store,
  type StoredChannel,
} from "../../lib/mesh/store.ts";
import type { KnownFork, OwnHead } from "../../lib/mesh/sync_state.ts";
import type { KeptEntry } from "../../lib/mesh/verified_entry.ts";
import type { Random } from "../../lib/random.ts";
import type { DeviceKey } from "../../lib/wire/device_key.ts";
import type { Certificate } from "../../lib/wire/identity.ts";
import type { ChannelName } from "../../lib/wire/names.ts";

export type DiskKind = "prompt" | "relaxed";
/** One way or the other: what a write or a read takes. */
const WRITE_MS = 12;

type Write = (store: MemoryStore) => Promise<void>;

export class SimDisk {
  readonly kind: DiskKind;
  readonly #clock: Clock;
  readonly #random: Random;
  /** All that was written, in its order. */
  #written: Write[] = [];
  /** So many of them a power cut leaves. */
  #safe = 0;
  #content = new MemoryStore();
  #isFreeAt = 0;
  /** By pages, the last of which may still write what it had to write. */
  #opened: OpenDisk[] = [];

  constructor(
    kind: DiskKind,
    { clock, random }: { clock: Clock; random: Random },
  ) {
    this.kind = kind;
    this.#clock = clock;
    this.#random = random;
  }

  /** For the page that is loaded now. */
  open(): Store {
    const open = new OpenDisk(this);
    this.#opened.push(open);
    return open;
  }

  /** What is on it, seen from outside. */
  inspect(channel: ChannelName): Promise<StoredChannel> {
    return this.#content.load(channel);
  }

  /** What is written in the same moment is there, or not; returns how much went. */
  cutPower(): number {
    for (const open of this.#opened) open.isOff = true;
    const [underWay] = this.#opened.flatMap(({ waiting }) => waiting);
    this.#opened = [];
    const isCaught = this.#random() < 0.5;
    if (underWay !== undefined && isCaught) {
      this.write(underWay).catch(() => {});
    }
    const unsafe = this.#written.length - this.#safe;
    const left = this.#safe + Math.floor(this.#random() * (unsafe + 1));
    const lost = this.#written.length - left;
    this.#written.length = left;
    this.#safe = left;
    this.#isFreeAt = 0;
    this.#content = new MemoryStore();
    for (const write of this.#written) void write(this.#content);
    return lost;
  }

  /** Once it is its turn. */
  inTurn<T>(open: OpenDisk, work: () => Promise<T>): Promise<T> {
    const now = this.#clock.now();
    const tookMs = 1 + WRITE_MS * this.#random();
    this.#isFreeAt = Math.max(this.#isFreeAt, now) + tookMs;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#clock.after(this.#isFreeAt - now, () => {
      if (!open.isOff) work().then(resolve, reject);
    });
    return promise;
  }

  write(write: Write): Promise<void> {
    const done = write(this.#content);
    // Written again after a power cut, it is refused for the same reason.
    this.#written.push((store) => write(store).catch(() => {}));
    if (this.kind === "prompt") this.flush();
    return done;
  }

  read(channel: ChannelName): Promise<StoredChannel> {
    return this.#content.load(channel);
  }

  certificates(): Promise<Certificate[]> {
    return this.#content.certificates();
  }

  flush(): void {
    this.#safe = this.#written.length;
  }
}

/** The disk as one page has it open. */
class OpenDisk implements Store {
  readonly #disk: SimDisk;
  /** The page is gone, and its power with it. */
  isOff = false;
  readonly waiting: Write[] = [];

  constructor(disk: SimDisk) {
    this.#disk = disk;
  }

  load(channel: ChannelName): Promise<StoredChannel> {
    return this.#disk.inTurn(this, () => this.#disk.read(channel));
  }

  append(own: KeptEntry): Promise<void> {
    return this.#write((store) => store.append(own));
  }

  raiseHead(
    channel: ChannelName,
    author: DeviceKey,
    head: OwnHead,
  ): Promise<void> {
    return this.#write((store) => store.raiseHead(channel, author, head));
  }

  flush(): Promise<void> {
    return this.#disk.inTurn(this, () => Promise.resolve(this.#disk.flush()));
  }

  keep(entries: KeptEntry[]): Promise<void> {
    return this.#write((store) => store.keep(entries));
  }

  forget(keys: EntryKey[]): Promise<void> {
    return this.#write((store) => store.forget(keys));
  }

  keepFork(channel: ChannelName, known: KnownFork): Promise<void> {
    return this.#write((store) => store.keepFork(channel, known));
  }

  certificates(): Promise<Certificate[]> {
    return this.#disk.inTurn(this, () => this.#disk.certificates());
  }

  keepCertificate(certificate: Certificate): Promise<void> {
    return this.#write((store) => store.keepCertificate(certificate));
  }

  forgetCertificate(author: DeviceKey): Promise<void> {
    return this.#write((store) => store.forgetCertificate(author));
  }

  channels(): Promise<ChannelName[]> {
    return Promise.resolve([]);
  }

  addChannel(channel: ChannelName): Promise<void> {
    return this.#write((store) => store.addChannel(channel));
  }

  removeChannel(channel: ChannelName): Promise<void> {
    return this.#write((store) => store.removeChannel(channel));
  }

  close(): void {}

  #write(write: Write): Promise<void> {
    this.waiting.push(write);
    return this.#disk.inTurn(this, () => {
      this.waiting.shift();
      return this.#disk.write(write);
    });
  }
}
