/**
 * The talk as a person at a terminal has it: shows what changes, does what is
 * typed. It gets keys and a screen, and knows no terminal.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Change, Chat, EntryRef, Message } from "../mesh/chat.ts";
import type { Keys } from "../mesh/keys.ts";
import { isSameRef } from "../wire/entry.ts";
import { type ChannelName, DEFAULT_CHANNEL } from "../wire/names.ts";
import { Backlog } from "./backlog.ts";
import type { Colours } from "./colours.ts";
import { LineEditor } from "./line_editor.ts";
import {
  changeLines,
  messageLines,
  type MessageStyle,
} from "./message_lines.ts";
import { fitted, wrapped } from "./prompt.ts";
import { plainLine } from "./plain_text.ts";
import { runCommand } from "./room_commands.ts";
import { RoomActs } from "./room_acts.ts";
import { RoomFiles, type RoomFilesParts } from "./room_files.ts";
import { RoomTrust } from "./room_trust.ts";
import type { Screen } from "./screen.ts";
import { ShownMessages } from "./shown_messages.ts";
import { completeWord, readLine } from "./slash.ts";
import type { SqliteKnownDevices } from "./sqlite_known_devices.ts";
import type { Key } from "./terminal_keys.ts";
import { REFUSALS, REQUEST_FAULTS, TROUBLES } from "./troubles.ts";

/** How much of what was said before is shown unasked. */
const EARLIER_SHOWN = 20;
/** What is older than this when it comes is from before. */
const RECENT_MS = 60_000;

type MessagesChanged = Extract<Change, { type: "messages-changed" }>;

interface Saying {
  channel?: ChannelName;
  replyTo?: EntryRef;
}

export interface RoomParts {
  chat: Chat;
  screen: Screen;
  colours: Colours;
  clock: Clock;
  keys: Pick<Keys, "sha256">;
  devices: SqliteKnownDevices;
  /** The disk that files are sent from and saved to. */
  disk: Pick<RoomFilesParts, "openFile" | "save"> & {
    paths(begun: string): string[];
  };
}

export class Room {
  readonly chat: Chat;
  readonly colours: Colours;
  readonly files: RoomFiles;
  readonly trust: RoomTrust;
  readonly acts: RoomActs;
  readonly #backlog: Backlog;
  readonly #screen: Screen;
  readonly #clock: Clock;
  readonly #paths: (begun: string) => string[];
  readonly #editor: LineEditor;
  readonly #left = Promise.withResolvers<void>();
  readonly #shown = new ShownMessages();
  #channel: ChannelName = DEFAULT_CHANNEL;
  /** The last link refused, as it was told. */
  #refusal = "";
  #here = new Set<string>();
  #last: { channel: ChannelName; ref: EntryRef } | undefined;
  #stopListening = () => {};

  constructor(parts: RoomParts) {
    const { chat, screen, colours, clock, keys, devices, disk } = parts;
    this.chat = chat;
    this.colours = colours;
    this.#screen = screen;
    this.#clock = clock;
    this.#paths = disk.paths;
    this.#backlog = new Backlog({
      ...{ chat, clock },
      show: (messages) => this.#showBacklog(messages),
    });
    this.#editor = new LineEditor((before) => this.#complete(before));
    this.files = new RoomFiles({
      ...{ chat, clock, openFile: disk.openFile, save: disk.save },
      say: (line) => this.print([colours.dim(line)]),
      warn: (line) => this.warn(line),
      changed: () => this.#draw(),
    });
    this.acts = new RoomActs({
      chat,
      channel: () => this.#channel,
      say: (text, replyTo) => this.say(text, { replyTo }),
      lines: (message) => this.#lines(message, { isQuoting: false }),
      watch: (message) => this.#shown.remember(message),
      print: (lines) => this.print(lines),
      warn: (line) => this.warn(line),
      begin: (line) => this.#editor.begin(line),
    });
    this.trust = new RoomTrust({
      ...{ chat, clock, keys, devices },
      print: (lines) => this.print(lines),
      warn: (line) => this.warn(line),
      alarm: (line) => this.#notify(`!! ${line}`, colours.alarm),
    });
  }

  get channel(): ChannelName {
    return this.#channel;
  }

  /** Resolves when the person leaves. */
  get left(): Promise<void> {
    return this.#left.promise;
  }

  /** Call it when the chat has started. */
  open(channel: ChannelName): void {
    this.#stopListening = this.chat.listen((change) => this.#hear(change));
    this.#screen.open();
    this.goTo(channel);
    if (this.chat.trouble !== "none") this.#tellTrouble();
    this.trust.open();
  }

  close(): void {
    this.#stopListening();
    this.#backlog.clear();
    this.files.close();
    this.#screen.close();
  }

  leave(): void {
    this.#left.resolve();
  }

  press(key: Key): void {
    const outcome = this.#editor.press(key);
    if (outcome.type === "left") return this.leave();
    if (outcome.type === "submitted") this.#submit(outcome.line);
    if (outcome.type === "cleared") {
      this.print([this.colours.dim("Press Ctrl-C again to leave")]);
    }
    this.#draw();
  }

  redraw(): void {
    this.#screen.redraw();
  }

  /** Lines of our own making, or made plain. */
  print(lines: readonly string[]): void {
    this.#screen.print(lines);
  }

  /** Joins where that is new; RangeError where a limit is reached. */
  goTo(channel: ChannelName): void {
    this.chat.join(channel);
    this.#channel = channel;
    this.acts.forgetNumbers();
    this.#here = this.#usersHere();
    const { bold, dim } = this.colours;
    this.print([bold(`#${channel}`) + dim(` · ${this.#peopleLine()}`)]);
    this.showHistory(EARLIER_SHOWN);
    this.#draw();
  }

  showHistory(count: number): void {
    const all = this.chat.messages(this.#channel)
      .filter(({ pending }) => !pending);
    const shown = all.slice(-count);
    if (all.length > shown.length) {
      const more = all.length - shown.length;
      this.print([this.colours.dim(`${more} earlier: /history ${2 * count}`)]);
    }
    this.#print(shown);
  }

  #submit(typed: string): void {
    const line = readLine(typed);
    if (line.type === "say") this.say(line.text);
    if (line.type === "command") runCommand(this, line);
    if (line.type === "unknown") {
      const word = plainLine(line.word);
      this.warn(`There is no command /${word}: /help lists them`);
    }
  }

  /** In a channel that is joined for it, where it is not this one. */
  say(text: string, { channel = this.#channel, replyTo }: Saying = {}): void {
    this.acts.forgetNumbers();
    this.chat.join(channel);
    const options = replyTo === undefined ? {} : { replyTo };
    this.chat.send(channel, text, options).then((ref) => {
      this.#last = { channel, ref };
      this.#draw();
    }, (error) => this.warn(error.message));
  }

  warn(text: string): void {
    this.#notify(plainLine(text), this.colours.warn);
  }

  #notify(text: string, paint: (line: string) => string): void {
    this.print(wrapped(text, this.#screen.columns).map(paint));
  }

  #hear(change: Change): void {
    switch (change.type) {
      case "messages-changed":
        this.#take(change);
        this.#showChanged(change.channel, change.refs);
        break;
      case "file-changed":
        this.files.look(change.hash);
        break;
      case "trouble-changed":
        this.#tellTrouble();
        break;
      case "people-changed":
        if (change.channel === this.#channel) this.#tellPeople();
        break;
      case "storage-failed":
        this.warn("What is said can't be kept here: it is gone when you leave");
        break;
      case "fork-found":
        this.warn(
          `A device of ${change.user} signed two different messages as one: be careful`,
        );
        break;
      case "device-met":
        this.trust.met(change);
        break;
      case "link-refused":
        this.#tellRefused(change.user, REFUSALS[change.refusal]);
        break;
      case "request-failed":
        this.#tellFault(REQUEST_FAULTS[change.code]);
        break;
    }
    this.#draw();
  }

  #tellFault(sentence: string | undefined): void {
    if (sentence !== undefined) this.warn(sentence);
  }

  /** It is tried again and again: each is told once. */
  #tellRefused(user: string, why: string): void {
    const text = `The link to ${user} was closed before a word: ${why}`;
    if (text !== this.#refusal) this.warn(text);
    this.#refusal = text;
  }

  /** News at once; what had to be asked for together, when all of it is here. */
  #take({ channel, added, fetched }: MessagesChanged): void {
    // One's own come twice: as they are typed, and when they are signed.
    const signed = added.filter(({ pending }) => !pending);
    if (fetched) this.#backlog.take(channel, signed);
    else this.#print(signed);
  }

  /** Of other channels what is from before is shown where one goes there. */
  #showBacklog(messages: readonly Message[]): void {
    const since = this.#clock.now() - RECENT_MS;
    const isEarlier = ({ at }: Message) => at < since;
    const unseen = messages.filter((message) =>
      !this.#shown.has(message) &&
      (message.channel === this.#channel || !isEarlier(message))
    );
    const earlier = unseen.filter(isEarlier);
    if (earlier.length > 0) {
      const isCut = earlier.length > EARLIER_SHOWN;
      const note = isCut ? `, of ${earlier.length}` : "";
      this.print([this.colours.dim(`from before${note}:`)]);
    }
    this.#print(earlier.slice(-EARLIER_SHOWN));
    this.#print(unseen.filter((message) => !isEarlier(message)));
  }

  #print(messages: readonly Message[]): void {
    this.print(messages.flatMap((message) => this.#lines(message)));
  }

  #lines(message: Message, { isQuoting = true } = {}): string[] {
    this.#shown.remember(message);
    const style = this.#style();
    if (!isQuoting) delete style.find;
    return messageLines(message, style);
  }

  #style(): MessageStyle {
    return {
      ...{ colours: this.colours, open: this.#channel },
      now: this.#clock.now(),
      find: (ref) => this.#find(ref),
      hint: (message) => this.files.hint(message),
    };
  }

  /** Of the open channel, and not taken back since. */
  #find(wanted: EntryRef): Message | undefined {
    return this.chat.messages(this.#channel)
      .find(({ ref }) => isSameRef(ref, wanted));
  }

  /** Says what has changed of messages that were shown. */
  #showChanged(channel: ChannelName, refs: readonly EntryRef[]): void {
    const changes = this.#shown.takeChanges(this.chat.messages(channel), refs);
    if (changes.length === 0) return;
    const style = this.#style();
    this.print(
      changes.flatMap(({ before, after }) => changeLines(before, after, style)),
    );
  }

  #tellTrouble(): void {
    const { trouble } = this.chat;
    if (trouble === "none") {
      return this.print([this.colours.dim("Everything works again")]);
    }
    this.warn(TROUBLES[trouble]);
  }

  #tellPeople(): void {
    const now = this.#usersHere();
    const { dim } = this.colours;
    const came = [...now].filter((user) => !this.#here.has(user));
    const went = [...this.#here].filter((user) => !now.has(user));
    this.#here = now;
    const safe = (users: string[]) => users.map(plainLine).join(", ");
    if (came.length > 0) this.print([dim(`→ ${safe(came)} here`)]);
    if (went.length > 0) this.print([dim(`← ${safe(went)} left`)]);
  }

  /** Those who are reached; one user may have several devices. */
  #usersHere(): Set<string> {
    return new Set(
      this.chat.people(this.#channel)
        .filter(({ state }) => state === "direct" || state === "relayed")
        .map(({ user }) => user),
    );
  }

  #peopleLine(): string {
    const people = this.chat.people(this.#channel);
    if (people.length === 0) return "nobody else here yet";
    const names = [...new Set(people.map(({ user }) => plainLine(user)))];
    return `with ${fitted(names.join(", "), 60)}`;
  }

  #complete(before: string) {
    const said = this.chat.messages(this.#channel).map(({ user }) => user);
    const here = this.chat.people(this.#channel).map(({ user }) => user);
    return completeWord(before, {
      users: [...here, ...said].map(plainLine),
      channels: this.chat.channels().map(({ channel }) => channel),
      paths: this.#paths,
    });
  }

  #draw(): void {
    this.#screen.show(this.#label(), this.#editor);
  }

  /** The channel, and how many have the last message. */
  #label(): string {
    const last = this.#last;
    const { label } = this.files;
    if (last?.channel !== this.#channel) return `#${this.#channel}${label} › `;
    const { held, of } = this.chat.delivery(last.channel, last.ref);
    return `#${this.#channel} ✓${held}/${of}${label} › `;
  }
}
