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
  EntryRef,
  Message,
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
  readonly #messages = new Map<string, Message[]>();
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

  messages(channel: string): readonly Message[] {
    return this.#messages.get(channel) ?? [];
  }

  delivery(): Delivery {
    return this.delivered;
  }

  async send(channel: string, text: string): Promise<EntryRef> {
    await this.#throwFailureSoon();
    const message = this.#message(channel, { info: this.self, text });
    this.add(channel, [message]);
    return message.ref;
  }

  edit(): Promise<void> {
    return this.#throwFailureSoon();
  }

  remove(): Promise<void> {
    return this.#throwFailureSoon();
  }

  react(): Promise<void> {
    return this.#throwFailureSoon();
  }

  join(channel: string): void {
    this.#throwFailure();
    this.setChannel(channel);
  }

  leave(channel: string): void {
    this.setChannel(channel, false);
  }

  safetyNumber(): Promise<string[]> {
    const groups = Array.from({ length: 12 }, (_, at) => 10_000 + at * 7_411);
    return Promise.resolve(groups.map(String));
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

  setChannel(channel: string, joined = true, peers = joined ? 1 : 0): void {
    this.#channels.set(channel, { channel, joined, peers });
    this.announce({ type: "channels-changed" });
  }

  setPeople(channel: string, people: Person[]): void {
    this.#people.set(channel, people);
    this.announce({ type: "people-changed", channel });
  }

  /** `user` says something; `via` as who passed it on. */
  say(channel: string, user: string, text: string, via?: string): Message {
    const info = { peer: fakePeerId(user), user };
    const message = this.#message(channel, { info, text });
    if (via !== undefined) message.via = via;
    this.add(channel, [message]);
    return message;
  }

  add(channel: string, added: Message[]): void {
    this.#messages.set(channel, [...this.messages(channel), ...added]);
    const refs = added.map(({ ref }) => ref);
    this.announce({ type: "messages-changed", channel, added, refs });
  }

  announce(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  #message(
    channel: string,
    { info, text }: { info: PeerInfo; text: string },
  ): Message {
    const ref = { author: info.peer, seq: this.messages(channel).length + 1 };
    const own = info.peer === this.self.peer;
    return {
      ...{ channel, ref, user: info.user, text, at: this.#now, own },
      edited: false,
      deleted: false,
      reactions: [],
    };
  }

  // deno-lint-ignore require-await -- a failure must reject, not throw.
  async #throwFailureSoon(): Promise<void> {
    this.#throwFailure();
  }

  #throwFailure(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }
}
