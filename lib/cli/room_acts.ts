/**
 * What a person in a talk does to messages that are there: answers, edits and
 * deletes them, reacts to them. Which one is meant: the last that it can be, or
 * one of those that `/recent` has numbered.
 * @module
 */
import type { Chat, EntryRef, Message } from "../mesh/chat.ts";
import { isEmoji, isSameRef } from "../wire/entry.ts";
import type { ChannelName } from "../wire/names.ts";
import { emojiOf } from "./emoji_names.ts";

const NUMBERED = 10;
const NUMBERED_MAX = 50;
const NUMBER_COLUMNS = 3;

export interface RoomActsParts {
  chat: Chat;
  channel(): ChannelName;
  say(text: string, replyTo: EntryRef): void;
  /** A message as the room shows it, without what it answers. */
  lines(message: Message): string[];
  /** What becomes of it is to be said, also where it was not shown yet. */
  watch(message: Message): void;
  print(lines: string[]): void;
  warn(line: string): void;
  /** Puts it in the line, to be gone on with. */
  begin(line: string): void;
}

/** What was typed after a command. */
interface Operand {
  /** The one that a number at its beginning stands for. */
  named?: Message;
  rest: string;
}

export class RoomActs {
  readonly #parts: RoomActsParts;
  /** The newest first: its number is 1. */
  #numbered: EntryRef[] = [];

  constructor(parts: RoomActsParts) {
    this.#parts = parts;
  }

  /**
   * Something was said since, or another channel was gone to: a number that is
   * typed from now on may be a part of a text.
   */
  forgetNumbers(): void {
    this.#numbered = [];
  }

  recent(typed: string): void {
    const count = typed === "" ? NUMBERED : Number(typed);
    if (!Number.isSafeInteger(count) || count < 1) {
      return this.#parts.warn(
        `Cannot number "${typed}" messages: give how many, like /recent 20`,
      );
    }
    this.#showNumbers(count);
  }

  reply(typed: string): void {
    const { named, rest } = this.#read(typed);
    const message = named ?? this.#lastOfOthers();
    if (rest === "") return this.#parts.warn("Say what: /reply TEXT");
    if (message !== undefined) this.#parts.say(rest, message.ref);
  }

  async edit(typed: string): Promise<void> {
    const { named, rest } = this.#read(typed);
    // What was meant for one message must not take the place of another.
    if (named === undefined && beginsWithNumber(rest)) {
      return this.#askWhich("/edit 2 TEXT");
    }
    const message = named ?? this.#lastOwn(({ file }) => file === undefined);
    if (message === undefined || !this.#canChange(message)) return;
    const { channel, ref, text, file } = message;
    if (file !== undefined) {
      return this.#parts.warn(
        "A file can't be edited, but /delete takes it back",
      );
    }
    if (rest === "") return this.#bringBack(message);
    if (rest === text) return;
    this.#parts.watch(message);
    await this.#parts.chat.edit(channel, ref, rest);
  }

  async delete(typed: string): Promise<void> {
    const { named, rest } = this.#read(typed);
    if (rest !== "") return this.#askWhich("/delete 2");
    const message = named ?? this.#lastOwn();
    if (message === undefined || !this.#canChange(message)) return;
    this.#parts.watch(message);
    await this.#parts.chat.remove(message.channel, message.ref);
  }

  async react(typed: string): Promise<void> {
    const { named, rest } = this.#read(typed);
    if (/^\d+\s/.test(rest)) return this.#askWhich("/react 2 👍");
    const message = named ?? this.#lastOfOthers();
    if (message === undefined) return;
    if (rest === "") {
      return this.#parts.warn("Say how: /react 👍 or /react heart");
    }
    const emoji = emojiOf(rest);
    if (!isEmoji(emoji)) {
      return this.#parts.warn(
        `Cannot react with "${rest}": give an emoji, or a name of one, like heart`,
      );
    }
    const { channel, ref, reactions } = message;
    const on = !reactions.some((one) => one.emoji === emoji && one.own);
    this.#parts.watch(message);
    await this.#parts.chat.react(channel, ref, { emoji, on });
  }

  /** Its text in the line, with its number where one counts there. */
  #bringBack({ ref, text }: Message): void {
    const isCounting = () => this.#numbered.length > 0;
    if (beginsWithNumber(text) && !isCounting()) this.#showNumbers(NUMBERED);
    const number = isCounting() ? `${this.#numberOf(ref)} ` : "";
    this.#parts.begin(`/edit ${number}${text}`);
  }

  /** One more than there are where it has none. */
  #numberOf(ref: EntryRef): number {
    const at = this.#numbered.findIndex((one) => isSameRef(one, ref));
    return at >= 0 ? at + 1 : this.#numbered.push(ref);
  }

  #showNumbers(count: number): void {
    const { print, lines } = this.#parts;
    const shown = this.#there().slice(-Math.min(count, NUMBERED_MAX));
    if (shown.length === 0) return this.#nothingSaid();
    this.#numbered = shown.map(({ ref }) => ref).reverse();
    print(shown.flatMap((message, at) => {
      const number = `${shown.length - at}`.padStart(NUMBER_COLUMNS);
      const indent = " ".repeat(NUMBER_COLUMNS);
      return lines(message)
        .map((line, row) => `${row === 0 ? number : indent}  ${line}`);
    }));
  }

  /** A number at its beginning counts where /recent has given it. */
  #read(typed: string): Operand {
    const [, number = "", rest = ""] = /^(\d+)(?:\s+(.*))?$/su.exec(typed) ??
      [];
    const ref = this.#numbered[Number(number) - 1];
    if (ref === undefined) return { rest: typed };
    const named = this.#parts.chat.messages(this.#parts.channel())
      .find((one) => isSameRef(one.ref, ref));
    if (named === undefined || named.deleted) {
      throw new RangeError("That message is gone");
    }
    return { named, rest };
  }

  /** Those that can be answered, the newest at the end. */
  #there(): Message[] {
    const { chat, channel } = this.#parts;
    return chat.messages(channel())
      .filter(({ deleted, pending }) => !deleted && !pending);
  }

  #lastOfOthers(): Message | undefined {
    const all = this.#there();
    const last = all.findLast(({ own }) => !own) ?? all.at(-1);
    if (last === undefined) this.#nothingSaid();
    return last;
  }

  #lastOwn(isMeant = (_message: Message) => true): Message | undefined {
    const { chat, channel, warn } = this.#parts;
    const last = chat.messages(channel()).findLast((message) =>
      !message.deleted && this.#isOwn(message) && isMeant(message)
    );
    if (last === undefined) {
      warn("You have said nothing here from this terminal");
    }
    return last;
  }

  /** A device changes what it wrote itself, and nothing else. */
  #isOwn({ own, pending, ref }: Message): boolean {
    return own &&
      (pending === true || ref.author === this.#parts.chat.self.device);
  }

  #canChange(message: Message): boolean {
    const { warn } = this.#parts;
    if (!this.#isOwn(message)) {
      warn("You can change only what you wrote from this terminal");
      return false;
    }
    if (message.pending) warn("It is not sent yet: try again in a moment");
    return !message.pending;
  }

  #askWhich(example: string): void {
    this.#showNumbers(NUMBERED);
    this.#parts.warn(`Which one? Say its number here, like ${example}`);
  }

  #nothingSaid(): void {
    this.#parts.warn(`Nothing has been said in #${this.#parts.channel()} yet`);
  }
}

function beginsWithNumber(text: string): boolean {
  return /^\d+(?:\s|$)/u.test(text);
}
