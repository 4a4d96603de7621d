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
  Person,
  TrackerState,
  Trouble,
} from "../../lib/mesh/chat.ts";
import type { FileInfo } from "../../lib/mesh/shared_file.ts";
import { FakeFiles } from "./fake_files.ts";

/** A peer id that reads as `name`. */
export function fakePeerId(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, "_").padEnd(22, "0").slice(0, 22);
}

export class FakeChat implements Chat {
  self: Chat["self"] = {
    ...{ peer: fakePeerId("self"), user: "admin" },
    device: fakePeerId("self"),
  };
  trackerState: TrackerState = "connecting";
  trouble: Trouble = "none";
  storageWorks = true;
  /** What `start` waits for. */
  started: Promise<void> = Promise.resolve();
  /** Thrown by the next `join` or `send`. */
  failure: Error | undefined;
  retries = 0;
  delivered: Delivery = { held: 0, of: 0 };
  /** Channels of which more is on its way. */
  readonly fetching = new Set<string>();
  readonly files = new FakeFiles({
    changed: (hash) => this.announce({ type: "file-changed", hash }),
    find: (channel, { author, seq }) =>
      this.messages(channel).find(({ ref }) =>
        ref.author === author && ref.seq === seq
      )?.file,
    share: (channel, file, replyTo) =>
      this.#share(channel, { info: this.self, file, replyTo }),
  });
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

  isFetching(channel: string): boolean {
    return this.fetching.has(channel);
  }

  delivery(): Delivery {
    return this.delivered;
  }

  async send(
    channel: string,
    text: string,
    { replyTo }: { replyTo?: EntryRef } = {},
  ): Promise<EntryRef> {
    await this.#throwFailureSoon();
    const message = this.#message(channel, { info: this.self, text });
    if (replyTo !== undefined) message.replyTo = replyTo;
    this.add(channel, [message]);
    return message.ref;
  }

  async edit(channel: string, ref: EntryRef, text: string): Promise<void> {
    await this.#throwFailureSoon();
    this.change(channel, ref, () => ({ text, edited: true }));
  }

  async remove(channel: string, ref: EntryRef): Promise<void> {
    await this.#throwFailureSoon();
    const gone = { text: "", deleted: true, edited: false, reactions: [] };
    this.change(channel, ref, () => gone);
  }

  async react(
    channel: string,
    ref: EntryRef,
    { emoji, on }: { emoji: string; on: boolean },
  ): Promise<void> {
    await this.#throwFailureSoon();
    this.reactAs(this.self.user, { channel, ref, emoji, on });
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
    const isOwn = user === this.self.user;
    const info = isOwn ? this.self : { peer: fakePeerId(user), user };
    const message = this.#message(channel, { info, text });
    if (via !== undefined) message.via = via;
    this.add(channel, [message]);
    return message;
  }

  /** `user` shares a file. */
  sayFile(channel: string, user: string, file: FileInfo): Message {
    const info = { peer: fakePeerId(user), user };
    return this.#share(channel, { info, file, replyTo: undefined });
  }

  /** `user` puts an emoji at a message, or takes it off. */
  reactAs(
    user: string,
    { channel, ref, emoji, on = true }: {
      channel: string;
      ref: EntryRef;
      emoji: string;
      on?: boolean;
    },
  ): void {
    this.change(channel, ref, ({ reactions }) => {
      const before = reactions.find((one) => one.emoji === emoji)?.users ?? [];
      const others = before.filter((one) => one !== user);
      const users = on ? [...others, user] : others;
      const own = users.includes(this.self.user);
      const rest = reactions.filter((one) => one.emoji !== emoji);
      const changed = users.length > 0 ? [{ emoji, users, own }] : [];
      return { reactions: [...rest, ...changed] };
    });
  }

  /** A message looks different from now on. */
  change(
    channel: string,
    ref: EntryRef,
    changed: (message: Message) => Partial<Message>,
  ): void {
    const isMeant = ({ ref: { author, seq } }: Message) =>
      author === ref.author && seq === ref.seq;
    this.#messages.set(
      channel,
      this.messages(channel).map((message) => {
        if (!isMeant(message)) return message;
        const after = { ...message, ...changed(message) };
        if (after.deleted) delete after.file;
        return after;
      }),
    );
    this.announce({
      type: "messages-changed",
      ...{ channel, added: [], refs: [ref] },
    });
  }

  /** These are past keeping. */
  forget(channel: string, count: number): void {
    const messages = this.messages(channel);
    this.#messages.set(channel, messages.slice(count));
    const refs = messages.slice(0, count).map(({ ref }) => ref);
    this.announce({ type: "messages-changed", channel, added: [], refs });
  }

  /** `fetched` where somebody was asked for them, and has not pushed them. */
  add(
    channel: string,
    added: Message[],
    { fetched = false }: { fetched?: boolean } = {},
  ): void {
    this.#messages.set(channel, [...this.messages(channel), ...added]);
    const refs = added.map(({ ref }) => ref);
    this.announce({ type: "messages-changed", channel, added, refs, fetched });
  }

  announce(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  #share(
    channel: string,
    { info, file, replyTo }: {
      info: Chat["self"];
      file: FileInfo;
      replyTo: EntryRef | undefined;
    },
  ): Message {
    const message = { ...this.#message(channel, { info, text: "" }), file };
    if (replyTo !== undefined) message.replyTo = replyTo;
    this.add(channel, [message]);
    return message;
  }

  #message(
    channel: string,
    { info, text }: { info: Chat["self"]; text: string },
  ): Message {
    const author = info.device ?? info.peer;
    const ref = { author, seq: this.messages(channel).length + 1 };
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
