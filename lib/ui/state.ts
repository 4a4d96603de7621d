/**
 * The chat page's state as signals, kept true to a Chat by listening to its
 * changes; the intents of the islands. Knows no DOM: what only a page can see
 * (in front, scrolled to the end) is told to it.
 *
 * One channel is open at a time. Of it the last `limit` messages are shown; the
 * window grows by "show earlier", and by what arrives while the reader is
 * scrolled up, so that nothing moves under their eyes.
 * @module
 */
import { batch, computed, signal } from "@preact/signals";
import { type Clock, every } from "../clock.ts";
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
} from "../mesh/chat.ts";
import {
  type ChannelName,
  channelNameOf,
  DEFAULT_CHANNEL,
} from "../wire/names.ts";
import { Draft } from "./draft.ts";
import { joinFault, type RequestFault, requestFault } from "./errors.ts";
import type { LateParts } from "./late_parts.tsx";
import { Later } from "./later.ts";
import { MessageActs } from "./message_acts.ts";
import { type Noted, Outbox, type Written } from "./outbox.ts";
import { findQuoted } from "./quotes.ts";
import { dayOf, keyOf } from "./timeline.ts";
import { Trust } from "./trust.ts";
import { Unread } from "./unread.ts";

/** Messages shown of a channel at first, and added by each "show earlier". */
export const MESSAGES_SHOWN = 200;
/** How long "Try again" says that it is trying, at most. */
export const RETRY_SHOWN_MS = 3_000;
const DAY_CHECK_MS = 30_000;
/** Messages shown above one that was looked up. */
const SHOWN_ABOVE = 20;

/** `starting` until the peer has opened its store and called the tracker. */
export type Phase = "starting" | "ready" | "failed";

/** A page that remembers nobody. */
const noBook = () => Promise.reject(new Error("No devices are remembered"));

/** A page that is all there at once. */
const noParts = () => Promise.reject(new Error("Nothing is loaded later"));

/** One page's view of a Chat. */
export class ChatState {
  readonly phase = signal<Phase>("starting");
  readonly self = signal<Chat["self"]>({ peer: "", user: "" });
  readonly trackerState = signal<TrackerState>("connecting");
  readonly trouble = signal<Trouble>("none");
  readonly storageWorks = signal(true);
  readonly retrying = signal(false);
  /** Local midnight of the current day. */
  readonly today = signal(0);

  readonly channels = signal<ChannelView[]>([]);
  readonly channel = signal<ChannelName>(DEFAULT_CHANNEL);
  readonly people = signal<Person[]>([]);
  /** The shown window of the open channel, oldest first. */
  readonly messages = signal<readonly Message[]>([]);
  /** How many messages are kept above the window. */
  readonly earlier = signal(0);
  /** Key of the message with the "new" line above it. */
  readonly newFrom = signal<string | undefined>(undefined);
  /** Whether the end of the log is in sight, and to be kept there. */
  readonly following = signal(true);
  readonly unread = new Unread();
  readonly trust: Trust;
  /** The parts of the page that are loaded later. */
  readonly parts: Later<LateParts>;

  /** The script for it could not be loaded. */
  readonly compareFailed = signal(false);

  readonly draft = new Draft(DEFAULT_CHANNEL);
  readonly acts: MessageActs;
  /** Key of a message to be brought into sight; anew for each time. */
  readonly revealed = signal<{ key: string } | undefined>(undefined);
  /** A log with two ends that was found last. */
  readonly fork = signal<{ user: string; own: boolean } | undefined>(undefined);
  readonly requestFault = signal<RequestFault | undefined>(undefined);

  readonly sendable = computed(() =>
    this.phase.value === "ready" && this.draft.sendable.value
  );
  /** The messages that others on the page answer, or that are edited. */
  readonly quoted = computed(() => {
    const { replyTo, editing } = this.draft;
    const refs = this.messages.value.map((message) => message.replyTo);
    return findQuoted(
      [...refs, replyTo.value, editing.value].filter((ref) => !!ref),
      this.#chat.messages(this.channel.value),
    );
  });
  /** How many are in the open channel, those included whom we do not know. */
  readonly size = computed(() => {
    const here = ({ channel }: ChannelView) => channel === this.channel.value;
    const told = this.channels.value.find(here)?.peers ?? 0;
    return Math.max(told, this.people.value.length + 1);
  });
  /** Users who are here more than once, and need a tag to be told apart. */
  readonly namesakes = computed(() => {
    const seen = new Set([this.self.value.user]);
    const twice = new Set<string>();
    for (const { user } of this.people.value) {
      if (seen.has(user)) twice.add(user);
      seen.add(user);
    }
    return twice;
  });

  readonly #chat: Chat;
  readonly #clock: Clock;
  readonly #outbox: Outbox;
  readonly #delivered = signal(0);
  /** Bounded by the users of the server and the devices they have. */
  readonly #forksTold = new Set<string>();
  readonly #endings: (() => void)[] = [];
  #limit = MESSAGES_SHOWN;
  #inFront = true;

  constructor(
    chat: Chat,
    clock: Clock,
    {
      trust = new Trust(noBook),
      outbox = new Outbox(chat.self.user),
      parts = new Later<LateParts>(noParts),
    } = {},
  ) {
    this.parts = parts;
    this.trust = trust;
    this.#outbox = outbox;
    this.#chat = chat;
    this.#clock = clock;
    this.acts = new MessageActs({
      chat,
      failed: () => this.requestFault.value = "change-failed",
    });
    this.#readAll();
  }

  /** Starts the chat; rejects where it cannot start, with `phase` failed. */
  async start(): Promise<void> {
    this.#endings.push(
      this.#chat.listen((change) => batch(() => this.#apply(change))),
      every(this.#clock, DAY_CHECK_MS, () => this.#readDay()),
    );
    try {
      await this.#chat.start();
    } catch (error) {
      this.phase.value = "failed";
      throw error;
    }
    batch(() => {
      this.phase.value = "ready";
      this.#readAll();
    });
    for (const written of this.#outbox.takeLeft()) {
      if (!this.#isThere(written)) void this.#deliver(written);
    }
  }

  /** Stops listening; the chat itself goes on. */
  stop(): void {
    for (const end of this.#endings.splice(0)) end();
  }

  /** Shows a channel, joining it where needed. */
  openChannel(channel: ChannelName): void {
    try {
      const joined = this.#chat.channels()
        .some((view) => view.channel === channel && view.joined);
      if (!joined) this.#chat.join(channel);
    } catch (error) {
      this.requestFault.value = joinFault(error);
      return;
    }
    batch(() => this.#show(channel));
  }

  /** Opens the channel that `typed` names; false where it names none. */
  createChannel(typed: string): boolean {
    const channel = channelNameOf(typed);
    if (channel !== undefined) this.openChannel(channel);
    return channel !== undefined;
  }

  leaveChannel(channel: ChannelName): void {
    this.#chat.leave(channel);
    batch(() => {
      this.unread.clear(channel);
      if (this.channel.value === channel) this.#show(DEFAULT_CHANNEL);
      this.draft.forget(channel);
      this.channels.value = this.#chat.channels();
    });
  }

  /** Sends the draft, or what it changes; it comes back where that fails. */
  async send(): Promise<void> {
    if (!this.sendable.value) return;
    await this.#deliver(batch(() => this.#take()));
  }

  /** Until it is stored, a page that is left here would lose it. */
  async #deliver(written: Written): Promise<void> {
    const after = this.#lastOwn(written.channel)?.ref.seq ?? 0;
    const settled = this.#outbox.note({ ...written, after });
    try {
      await this.#write(written);
    } catch {
      // Whatever the cause, the text is safe in the draft and can be resent.
      this.draft.takeBack(written);
    }
    settled();
  }

  /** Whether what an earlier page noted was stored before that page went. */
  #isThere({ channel, text, editing, after }: Noted): boolean {
    return editing === undefined &&
      this.#chat.messages(channel).some((message) =>
        message.own && message.ref.seq > after && message.text === text
      );
  }

  #lastOwn(channel: ChannelName): Message | undefined {
    return this.#chat.messages(channel)
      .findLast((message) => message.own && !message.pending);
  }

  /** Edits what was written last in the open channel, where that can be. */
  editLast(): void {
    const last = this.#chat.messages(this.channel.value)
      .findLast(({ own, deleted, file }) => own && !deleted && !file);
    if (last && this.acts.canEdit(last)) this.draft.edit(last);
  }

  removeMessage(message: Message): Promise<void> {
    const editing = this.draft.editing.peek();
    const isEdited = editing && keyOf({ ref: editing }) === keyOf(message);
    if (isEdited) this.draft.cancel();
    return this.acts.remove(message);
  }

  /** Brings a message that is kept into sight, however old it is. */
  reveal(ref: EntryRef): void {
    const key = keyOf({ ref });
    const all = this.#chat.messages(this.channel.value);
    const index = all.findLastIndex((message) => keyOf(message) === key);
    if (index < 0) return;
    batch(() => {
      this.follow(false);
      this.#limit = Math.max(this.#limit, all.length - index + SHOWN_ABOVE);
      this.#readMessages();
      this.revealed.value = { key };
    });
  }

  /** The reader reached the end of the log, or scrolled away from it. */
  follow(following: boolean): void {
    batch(() => {
      this.following.value = following;
      this.#markSeen();
    });
  }

  /** The page came to the front, or went from it. */
  setInFront(inFront: boolean): void {
    this.#inFront = inFront;
    this.#markSeen();
  }

  showEarlier(): void {
    this.#limit += MESSAGES_SHOWN;
    this.#readMessages();
  }

  retry(): void {
    this.retrying.value = true;
    this.#endings.push(
      this.#clock.after(RETRY_SHOWN_MS, () => this.retrying.value = false),
    );
    this.#chat.retryNow();
  }

  /** Shows the number to compare with the person at that device. */
  async compare(person: Person): Promise<void> {
    if (await this.trust.compare(person, this.#chat.self.device)) return;
    this.compareFailed.value = true;
  }

  dismissRequestFault(): void {
    this.requestFault.value = undefined;
  }

  dismissFork(): void {
    this.fork.value = undefined;
  }

  /** Read inside an island: it is drawn again when deliveries change. */
  deliveryOf({ channel, ref }: Message): Delivery {
    this.#delivered.value;
    return this.#chat.delivery(channel, ref);
  }

  #take(): Written {
    const written = this.draft.take();
    if (written.editing !== undefined) return written;
    this.newFrom.value = undefined;
    this.follow(true);
    return written;
  }

  async #write({ channel, text, replyTo, editing }: Written): Promise<void> {
    if (editing === undefined) {
      const options = replyTo === undefined ? {} : { replyTo };
      await this.#chat.send(channel, text, options);
    } else if (this.#textOf(channel, editing) !== text) {
      await this.#chat.edit(channel, editing, text);
    }
  }

  #textOf(channel: ChannelName, ref: EntryRef): string | undefined {
    const key = keyOf({ ref });
    return findQuoted([ref], this.#chat.messages(channel)).get(key)?.text;
  }

  #show(channel: ChannelName): void {
    this.draft.open(channel);
    this.acts.leave();
    this.revealed.value = undefined;
    this.channel.value = channel;
    this.newFrom.value = this.unread.firstKeyOf(channel);
    this.following.value = true;
    this.requestFault.value = undefined;
    this.#limit = MESSAGES_SHOWN;
    this.#markSeen();
    this.channels.value = this.#chat.channels();
    this.people.value = this.#chat.people(channel);
    this.#readMessages();
  }

  #apply(change: Change): void {
    const here = this.channel.value;
    switch (change.type) {
      case "tracker-changed":
        this.self.value = this.#chat.self;
        this.trackerState.value = this.#chat.trackerState;
        this.retrying.value = false;
        break;
      case "trouble-changed":
        this.trouble.value = this.#chat.trouble;
        this.retrying.value = false;
        break;
      case "channels-changed":
        this.channels.value = this.#chat.channels();
        break;
      case "people-changed":
        if (change.channel === here) {
          this.people.value = this.#chat.people(here);
          this.#delivered.value++;
        }
        break;
      case "messages-changed":
        this.#addMessages(change.channel, change.added);
        break;
      case "delivery-changed":
        if (change.channel === here) this.#delivered.value++;
        break;
      case "fork-found":
        this.#tellFork(change);
        break;
      case "device-met":
      case "link-refused":
        void this.trust.tell(change);
        break;
      case "storage-failed":
        this.storageWorks.value = false;
        break;
      case "request-failed":
        this.requestFault.value = requestFault(change.code) ??
          this.requestFault.value;
        break;
    }
  }

  /** Once for each device, whatever the number of channels. */
  #tellFork({ user, author, own }: Change & { type: "fork-found" }): void {
    if (this.#forksTold.has(author)) return;
    this.#forksTold.add(author);
    this.fork.value = { user, own };
  }

  #addMessages(channel: ChannelName, added: Message[]): void {
    // What the store gives back at the start was seen before.
    if (this.phase.value === "ready") this.#countUnread(channel, added);
    if (channel !== this.channel.value) return;
    if (this.following.value) this.#limit = MESSAGES_SHOWN;
    else this.#limit += added.length;
    this.#readMessages();
  }

  #countUnread(channel: ChannelName, added: Message[]): void {
    const here = channel === this.channel.value;
    if (here && this.#endInSight) return;
    this.unread.add(channel, added.filter(({ own }) => !own));
    if (here) this.newFrom.value = this.unread.firstKeyOf(channel);
  }

  get #endInSight(): boolean {
    return this.#inFront && this.following.value;
  }

  #markSeen(): void {
    if (this.#endInSight) this.unread.clear(this.channel.value);
  }

  #readMessages(): void {
    const all = this.#chat.messages(this.channel.value);
    this.earlier.value = Math.max(0, all.length - this.#limit);
    this.messages.value = all.slice(-this.#limit);
  }

  #readAll(): void {
    this.self.value = this.#chat.self;
    this.trackerState.value = this.#chat.trackerState;
    this.trouble.value = this.#chat.trouble;
    this.storageWorks.value = this.#chat.storageWorks;
    this.channels.value = this.#chat.channels();
    this.people.value = this.#chat.people(this.channel.value);
    this.#readDay();
    this.#readMessages();
  }

  #readDay(): void {
    this.today.value = dayOf(this.#clock.now());
  }
}
