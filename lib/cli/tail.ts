/**
 * `deno task peer tail`: one line for each message, for ever. What is pushed as
 * it is written is printed at once; what was kept here, or others had to be
 * asked for, in its order, when all of it is here. Each is printed once, over
 * all runs of a device, whatever its other commands have fetched meanwhile;
 * what becomes of it later, where that is asked for.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Chat, EntryRef, Message } from "../mesh/chat.ts";
import { isSameRef } from "../wire/entry.ts";
import type { ChannelName } from "../wire/names.ts";
import { Backlog } from "./backlog.ts";
import { NO_COLOURS } from "./colours.ts";
import {
  changeLines,
  messageJson,
  messageLines,
  type MessageStyle,
} from "./message_lines.ts";
import { exitOf, tellTroubles } from "./session_end.ts";
import { type ShownChange, ShownMessages } from "./shown_messages.ts";

/** Lines after which the notes about messages that are gone go as well. */
export const TRIM_AFTER = 1_000;

/** Which messages were printed, over all runs; what throws is a disk's fault. */
export interface Printed {
  has(channel: ChannelName, ref: EntryRef): boolean;
  note(channel: ChannelName, ref: EntryRef): void;
  /** Forgets what is not one of `kept`. */
  trim(channel: ChannelName, kept: readonly EntryRef[]): void;
}

export interface TailParts {
  channels: readonly ChannelName[];
  json: boolean;
  /** Also what becomes later of what this run has printed. */
  changes: boolean;
  printed: Printed;
  clock: Clock;
  /** False where nobody reads any more. */
  write(line: string): boolean;
  warn(line: string): void;
  stopped: Promise<void>;
}

export async function tail(chat: Chat, parts: TailParts): Promise<number> {
  const { channels, clock, warn, stopped } = parts;
  const over = Promise.withResolvers<void>();
  const wanted = new Set(channels);
  const printer = new Printer(chat, { ...parts, over: over.resolve });
  const backlog = new Backlog({
    ...{ chat, clock },
    show: (messages) => messages.forEach((message) => printer.print(message)),
  });
  await chat.start();
  const signedOut = tellTroubles(chat, warn);
  const stopListening = chat.listen((change) => {
    if (change.type === "messages-changed" && wanted.has(change.channel)) {
      const added = change.added.filter(({ pending }) => !pending);
      if (change.fetched) backlog.take(change.channel, added);
      else added.forEach((message) => printer.print(message));
      printer.printChanges(change.channel, change.refs);
    }
  });
  for (const channel of channels) {
    chat.join(channel);
    backlog.take(channel, printer.left(channel));
  }
  await Promise.race([over.promise, stopped, signedOut]);
  stopListening();
  backlog.flush();
  return exitOf(chat);
}

type PrinterParts =
  & Pick<
    TailParts,
    "channels" | "json" | "changes" | "printed" | "clock" | "write" | "warn"
  >
  & { over(): void };

class Printer {
  readonly #chat: Chat;
  readonly #parts: PrinterParts;
  readonly #shown = new ShownMessages();
  #linesSinceTrim = 0;
  #isNoted = true;

  constructor(chat: Chat, parts: PrinterParts) {
    this.#chat = chat;
    this.#parts = parts;
  }

  /** What was kept of others' before this run, and never printed. */
  left(channel: ChannelName): Message[] {
    this.#trim(channel);
    return this.#chat.messages(channel).filter(({ own, pending, ref }) =>
      !own && !pending && !this.#parts.printed.has(channel, ref)
    );
  }

  /** The note comes last: what ends the process may repeat a line, not lose one. */
  print(message: Message): void {
    const { channel, ref } = message;
    const { printed, changes, write, over } = this.#parts;
    if (printed.has(channel, ref)) return;
    if (changes) this.#shown.remember(message);
    if (!this.#lines(message).every(write)) return over();
    this.#keepNotes(() => printed.note(channel, ref));
    if (++this.#linesSinceTrim < TRIM_AFTER) return;
    this.#linesSinceTrim = 0;
    for (const each of this.#parts.channels) this.#trim(each);
  }

  /** Of those that this run has printed, in the order of the talk. */
  printChanges(channel: ChannelName, refs: readonly EntryRef[]): void {
    const { write, over } = this.#parts;
    const all = this.#chat.messages(channel);
    for (const change of this.#shown.takeChanges(all, refs)) {
      if (!this.#changeLines(change).every(write)) return over();
    }
  }

  #lines(message: Message): string[] {
    if (this.#parts.json) return [messageJson(message)];
    return messageLines(message, this.#style(message));
  }

  #changeLines({ before, after }: ShownChange): string[] {
    if (!this.#parts.json) {
      return changeLines(before, after, this.#style(after));
    }
    const [was, is] = [messageJson(before), messageJson(after)];
    return was === is ? [] : [is];
  }

  #style({ channel }: Message): MessageStyle {
    const { channels, clock } = this.#parts;
    return {
      colours: NO_COLOURS,
      open: channels.length === 1 ? channels[0] ?? "" : "",
      now: clock.now(),
      find: (answered) =>
        this.#chat.messages(channel)
          .find(({ ref }) => isSameRef(ref, answered)),
    };
  }

  /** A history that could not be read does not say what is gone. */
  #trim(channel: ChannelName): void {
    const kept = this.#chat.messages(channel).map(({ ref }) => ref);
    if (kept.length === 0) return;
    this.#keepNotes(() => this.#parts.printed.trim(channel, kept));
  }

  #keepNotes(write: () => void): void {
    try {
      write();
    } catch {
      if (this.#isNoted) this.#parts.warn(NOT_NOTED);
      this.#isNoted = false;
    }
  }
}

const NOT_NOTED =
  "What was printed can't be noted: the next tail prints it once more";
