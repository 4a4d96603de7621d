/**
 * `deno task peer send`: says one thing, and waits until others have it.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Chat, EntryRef } from "../mesh/chat.ts";
import type { ChannelName } from "../wire/names.ts";
import { EXIT, PeerFailure } from "./failure.ts";

/** How long a script waits for others. */
export interface Waiting {
  /** How many of the others must have it. */
  to: number;
  timeoutMs: number;
  clock: Clock;
  stopped: Promise<void>;
}

export interface SendParts extends Waiting {
  channel: ChannelName;
  text: string;
}

export async function send(
  chat: Chat,
  { channel, text, ...waiting }: SendParts,
): Promise<number> {
  if (text.trim() === "") {
    throw new PeerFailure("There is nothing to send", EXIT.usage);
  }
  await chat.start();
  chat.join(channel);
  return await delivered(chat, waiting, {
    sent: written(chat, channel, text),
    holders: (ref) => chat.delivery(channel, ref).held,
  });
}

/** Waits until so many of the others have what is being sent. */
export async function delivered<T>(
  chat: Chat,
  { to, timeoutMs, clock, stopped }: Waiting,
  { sent, holders }: { sent: Promise<T>; holders(sent: T): number },
): Promise<number> {
  const over = Promise.withResolvers<"late" | "stopped">();
  const cancel = clock.after(timeoutMs, () => over.resolve("late"));
  void stopped.then(() => over.resolve("stopped"));
  let held = 0;
  const enough = async () => {
    const what = await sent;
    const { promise, resolve } = Promise.withResolvers<"held">();
    const look = () => {
      held = holders(what);
      if (held >= to) resolve("held");
    };
    chat.listen(look);
    look();
    return await promise;
  };
  try {
    const outcome = await Promise.race([enough(), over.promise]);
    if (outcome === "held") return EXIT.done;
    const why = outcome === "stopped"
      ? "and then stopped"
      : `in time: ${whyNobody(chat)}`;
    throw new PeerFailure(
      `Sent to ${held} of ${to} ${why}. Those who come later get it when this device is back`,
      EXIT.undelivered,
    );
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

function whyNobody({ trouble }: Chat): string {
  return trouble === "no-server"
    ? "the server does not answer"
    : trouble === "no-tracker"
    ? "the tracker does not answer"
    : trouble === "moved"
    ? "the server is reached over https now. Start again to be told the address"
    : trouble === "signed-out"
    ? "the session has ended"
    : trouble === "too-many-requests"
    ? "very many devices have signed in to this account lately. Try again in a minute"
    : "nobody more was reached";
}
