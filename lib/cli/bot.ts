/**
 * A member of the chat for programs: log in, listen, say something.
 * @module
 */
import { systemClock } from "../clock.ts";
import type { Chat, EntryRef, Message } from "../mesh/chat.ts";
import { MemoryKeyStore } from "../mesh/key_store.ts";
import { MemoryStore } from "../mesh/store.ts";
import {
  type ChannelName,
  channelNameOf,
  DEFAULT_CHANNEL,
} from "../wire/names.ts";
import { EXIT, PeerFailure, sessionEnded } from "./failure.ts";
import { FileKeyStore } from "./file_key_store.ts";
import { openPeer } from "./open_peer.ts";
import { DEFAULT_ORIGIN, logIn, readOrigin, type Session } from "./session.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { type Slot, takeSlot } from "./state_files.ts";

/** Messages that wait for a listener; the oldest are lost beyond it. */
export const WAITING_MAX = 1_000;
/** What is older when it comes is history, which nobody wants answered. */
const RECENT_MS = 60_000;

export interface EnterOptions {
  channel?: string;
  /** Keeps key and history here; without it each start is a new device. */
  dir?: string;
}

export interface BotOptions extends EnterOptions {
  url?: string;
  user: string;
  password: string;
}

/** Joins, and is there until it is disposed of. */
export async function connect(options: BotOptions): Promise<Bot> {
  readChannel(options);
  const origin = readOrigin(options.url ?? DEFAULT_ORIGIN);
  const session = await logIn(origin, options);
  session.renewBy(() => logIn(origin, options));
  return await enter(session, options);
}

/** Joins in a session that has begun; several may share it. */
export async function enter(
  session: Session,
  options: EnterOptions = {},
): Promise<Bot> {
  const channel = readChannel(options);
  const slot = options.dir === undefined ? undefined : takeSlot(options.dir);
  const chat = await openPeer({
    session,
    deviceKeys: slot ? new FileKeyStore(slot.devicePath) : new MemoryKeyStore(),
    store: slot ? new SqliteStore(slot.historyPath) : new MemoryStore(),
  });
  const bot = new Bot({ chat, session, channel, slot });
  await chat.start();
  chat.join(channel);
  return bot;
}

function readChannel({ channel = DEFAULT_CHANNEL }: EnterOptions): ChannelName {
  const name = channelNameOf(channel);
  if (name !== undefined) return name;
  const message = `Cannot join "${channel}": it is no channel's name`;
  throw new PeerFailure(message, EXIT.usage);
}

interface BotParts {
  chat: Chat;
  session: Session;
  channel: ChannelName;
  slot: Slot | undefined;
}

/**
 * What others say in its channel from now on, by `for await`; PeerFailure once
 * the session has ended, for nobody says anything to it any more.
 */
export class Bot implements AsyncDisposable, AsyncIterable<Message> {
  /** Everything else that a member can do. */
  readonly chat: Chat;
  readonly channel: ChannelName;
  readonly #parts: BotParts;
  readonly #waiting: Message[] = [];
  #wake = Promise.withResolvers<void>();
  #stopped = false;

  constructor(parts: BotParts) {
    this.#parts = parts;
    this.chat = parts.chat;
    this.channel = parts.channel;
    this.chat.listen((change) => {
      if (change.type === "trouble-changed") this.#wakeUp();
      if (change.type !== "messages-changed") return;
      if (change.channel !== parts.channel) return;
      for (const message of change.added) this.#hear(message);
    });
  }

  say(text: string): Promise<EntryRef> {
    return this.chat.send(this.#parts.channel, text);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    while (!this.#stopped) {
      const message = this.#waiting.shift();
      if (message !== undefined) yield message;
      else if (this.chat.trouble === "signed-out") throw sessionEnded();
      else await this.#wake.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#wake.resolve();
    this.chat.stop();
    await this.#parts.session.drained(systemClock);
    this.#parts.slot?.[Symbol.dispose]();
  }

  #hear(message: Message): void {
    const isNews = message.at > systemClock.now() - RECENT_MS;
    if (message.own || !isNews) return;
    this.#waiting.push(message);
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
