/**
 * A Chat without a network, for unit tests and for looking at the pages: a
 * test sets what it says, and makes it announce changes.
 * @module
 */
import type {
  Change,
  ChannelView,
  Chat,
  Delivery,
  Entry,
  KeptEntry,
  PeerInfo,
  Person,
  TrackerState,
  Trouble,
} from "../../lib/mesh/chat.ts";

/** A peer id that reads as `name`. */
export function fakePeerId(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, "_").padEnd(22, "0").slice(0, 22);
}

export class FakeChat implements Chat {
  self: PeerInfo = { peer: fakePeerId("self"), user: "admin" };
  trackerState: TrackerState = "connecting";
  trouble: Trouble = "none";
  storageWorks = true;
  /** What `start` waits for. */
  started: Promise<void> = Promise.resolve();
  /** Thrown by the next `join` or `send`. */
  failure: Error | undefined;
  retries = 0;
  delivered: Delivery = { held: 0, of: 0 };
  #now = 0;
  readonly #channels = new Map<string, ChannelView>();
  readonly #people = new Map<string, Person[]>();
  readonly #entries = new Map<string, KeptEntry[]>();
  readonly #listeners = new Set<(change: Change) => void>();

  constructor() {
    this.setChannel("general");
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  async start(): Promise<void> {
    await this.started;
    this.setTracker("online");
  }

  stop(): void {
    this.#listeners.clear();
  }

  channels(): ChannelView[] {
    return [...this.#channels.values()];
  }

  people(channel: string): Person[] {
    return this.#people.get(channel) ?? [];
  }

  entries(channel: string): readonly KeptEntry[] {
    return this.#entries.get(channel) ?? [];
  }

  delivery(): Delivery {
    return this.delivered;
  }

  send(channel: string, text: string): KeptEntry {
    this.#throwFailure();
    const kept = this.#entry(channel, { info: this.self, text });
    this.add(channel, [kept]);
    return kept;
  }

  join(channel: string): void {
    this.#throwFailure();
    this.setChannel(channel);
  }

  leave(channel: string): void {
    this.setChannel(channel, false);
  }

  retryNow(): void {
    this.retries++;
  }

  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // --- what a test does to it ----------------------------------------------

  /** The time of what is said from now on. */
  setTime(now: number): void {
    this.#now = now;
  }

  setTracker(state: TrackerState): void {
    this.trackerState = state;
    this.announce({ type: "tracker-changed" });
  }

  setTrouble(trouble: Trouble): void {
    this.trouble = trouble;
    this.announce({ type: "trouble-changed" });
  }

  setChannel(channel: string, joined = true): void {
    this.#channels.set(channel, { channel, joined, peers: joined ? 1 : 0 });
    this.announce({ type: "channels-changed" });
  }

  setPeople(channel: string, people: Person[]): void {
    this.#people.set(channel, people);
    this.announce({ type: "people-changed", channel });
  }

  /** `user` says something; `via` as who passed it on. */
  say(channel: string, user: string, text: string, via?: string): KeptEntry {
    const info = { peer: fakePeerId(user), user };
    const kept = this.#entry(channel, { info, text });
    if (via !== undefined) kept.via = via;
    this.add(channel, [kept]);
    return kept;
  }

  add(channel: string, entries: KeptEntry[]): void {
    this.#entries.set(channel, [...this.entries(channel), ...entries]);
    this.announce({ type: "entries-added", channel, entries });
  }

  announce(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  #entry(
    channel: string,
    { info, text }: { info: PeerInfo; text: string },
  ): KeptEntry {
    const seq = this.entries(channel).length + 1;
    const { peer: author, user } = info;
    const entry: Entry = {
      author,
      seq,
      time: this.#now,
      user,
      kind: "text",
      text,
    };
    const own = info.peer === this.self.peer;
    return { channel, entry, at: this.#now, ...(own && { own }) };
  }

  #throwFailure(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }
}
