/**
 * `deno task peer send`: says one thing, and waits until others have it.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Chat, EntryRef } from "../mesh/chat.ts";
import type { ChannelName } from "../wire/names.ts";
import { EXIT, PeerFailure } from "./failure.ts";

export interface SendParts {
  channel: ChannelName;
  text: string;
  /** How many of the others must have it. */
  to: number;
  timeoutMs: number;
  clock: Clock;
}

export async function send(
  chat: Chat,
  { channel, text, to, timeoutMs, clock }: SendParts,
): Promise<number> {
  if (text.trim() === "") {
    throw new PeerFailure("There is nothing to send", EXIT.usage);
  }
  await chat.start();
  chat.join(channel);
  const late = Promise.withResolvers<"late">();
  const cancel = clock.after(timeoutMs, () => late.resolve("late"));
  try {
    const sent = written(chat, channel, text);
    const ref = await Promise.race([sent, late.promise]);
    if (ref === "late") throw undelivered(chat, 0, to);
    const held = holders(chat, { channel, ref, to });
    const outcome = await Promise.race([held, late.promise]);
    if (outcome !== "late") return EXIT.done;
    throw undelivered(chat, chat.delivery(channel, ref).held, to);
  } finally {
    cancel();
  }
}

async function written(
  chat: Chat,
  channel: ChannelName,
  text: string,
): Promise<EntryRef> {
  try {
    return await chat.send(channel, text);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new PeerFailure(cause.message, EXIT.usage, { cause });
  }
}

/** Resolves when so many of the others have told that they have it. */
function holders(
  chat: Chat,
  { channel, ref, to }: { channel: ChannelName; ref: EntryRef; to: number },
): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (chat.delivery(channel, ref).held >= to) resolve();
    };
    chat.listen(look);
    look();
  });
}

/** Why a script is told that it was not heard. */
export function undelivered(chat: Chat, held: number, to: number): PeerFailure {
  const why = chat.trouble === "no-server"
    ? "the server does not answer"
    : chat.trouble === "no-tracker"
    ? "the tracker does not answer"
    : chat.trouble === "signed-out"
    ? "the session has ended"
    : "nobody more was reached";
  return new PeerFailure(
    `Sent to ${held} of ${to} in time: ${why}. Those who come later get it when this device is back`,
    EXIT.undelivered,
  );
}
