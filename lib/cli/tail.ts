/**
 * `deno task peer tail`: one line for each message, for ever. What is pushed as
 * it is written is printed at once, and what others had to be asked for in its
 * order, when all of it is here; what this device has had before is not repeated.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Chat, Message } from "../mesh/chat.ts";
import type { ChannelName } from "../wire/names.ts";
import { Backlog } from "./backlog.ts";
import { NO_COLOURS } from "./colours.ts";
import { EXIT, sessionEnded } from "./failure.ts";
import { messageJson, messageLines } from "./message_lines.ts";
import { TROUBLES } from "./troubles.ts";

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
  const backlog = new Backlog({
    ...{ chat, clock },
    show: (messages) => messages.forEach(show),
  });
  await chat.start();
  const signedOut = Promise.withResolvers<void>();
  chat.listen((change) => {
    if (change.type === "messages-changed" && wanted.has(change.channel)) {
      const added = change.added.filter(({ pending }) => !pending);
      if (change.fetched) backlog.take(change.channel, added);
      else added.forEach(show);
    }
    if (change.type !== "trouble-changed") return;
    if (chat.trouble !== "none") warn(TROUBLES[chat.trouble]);
    if (chat.trouble === "signed-out") signedOut.resolve();
  });
  for (const channel of channels) chat.join(channel);
  await Promise.race([over.promise, stopped, signedOut.promise]);
  backlog.flush();
  if (chat.trouble !== "signed-out") return EXIT.done;
  throw sessionEnded();
}
