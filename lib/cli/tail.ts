/**
 * `deno task peer tail`: one line for each message, for ever. What came while
 * nobody listened comes first; what this device has had before is not repeated.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Chat, Message } from "../mesh/chat.ts";
import type { ChannelName } from "../wire/names.ts";
import { NO_COLOURS } from "./colours.ts";
import { EXIT, PeerFailure } from "./failure.ts";
import { messageJson, messageLines } from "./message_lines.ts";
import { TROUBLES } from "./troubles.ts";

/** What is older than this when it comes is history. */
export const RECENT_MS = 2_000;
/** History comes in pages, the newest first: this long without another is all. */
export const QUIET_MS = 250;
/** Messages that wait to be put in order. */
export const HELD_MAX = 20_000;

export interface TailParts {
  channels: readonly ChannelName[];
  json: boolean;
  clock: Clock;
  /** False where nobody reads any more. */
  write(line: string): boolean;
  warn(line: string): void;
  stopped: Promise<void>;
}

export async function tail(chat: Chat, parts: TailParts): Promise<number> {
  const { channels, json, clock, write, warn, stopped } = parts;
  const over = Promise.withResolvers<void>();
  const wanted = new Set(channels);
  const open = channels.length === 1 ? channels[0] ?? "" : "";
  const show = (message: Message) => {
    const lines = json ? [messageJson(message)] : messageLines(message, {
      ...{ colours: NO_COLOURS, open, now: clock.now() },
      find: ({ author, seq }) =>
        chat.messages(message.channel)
          .find(({ ref }) => ref.author === author && ref.seq === seq),
    });
    if (!lines.every(write)) over.resolve();
  };
  const ordered = new Ordered(clock, show);
  await chat.start();
  const signedOut = Promise.withResolvers<void>();
  chat.listen((change) => {
    if (change.type === "messages-changed" && wanted.has(change.channel)) {
      ordered.take(change.added.filter(({ pending }) => !pending));
    }
    if (change.type !== "trouble-changed") return;
    if (chat.trouble !== "none") warn(TROUBLES[chat.trouble]);
    if (chat.trouble === "signed-out") signedOut.resolve();
  });
  for (const channel of channels) chat.join(channel);
  await Promise.race([over.promise, stopped, signedOut.promise]);
  ordered.flush();
  if (chat.trouble !== "signed-out") return EXIT.done;
  throw new PeerFailure("The session has ended: start again", EXIT.login);
}

/** Shows what is new at once, and history in its order when all of it is here. */
class Ordered {
  readonly #clock: Clock;
  readonly #show: (message: Message) => void;
  #held: Message[] = [];
  #cancel = () => {};

  constructor(clock: Clock, show: (message: Message) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  take(added: readonly Message[]): void {
    const since = this.#clock.now() - RECENT_MS;
    const earlier = added.filter(({ at }) => at < since);
    added.filter(({ at }) => at >= since).forEach(this.#show);
    if (earlier.length === 0) return;
    this.#held.push(...earlier);
    if (this.#held.length >= HELD_MAX) return this.flush();
    this.#cancel();
    this.#cancel = this.#clock.after(QUIET_MS, () => this.flush());
  }

  flush(): void {
    this.#cancel();
    const held = this.#held.toSorted((a, b) => a.at - b.at);
    this.#held = [];
    held.forEach(this.#show);
  }
}
