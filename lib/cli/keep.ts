/**
 * `deno task peer keep`: stays, and has what was said for whoever comes later.
 * @module
 */
import { type Clock, every } from "../clock.ts";
import type { Chat } from "../mesh/chat.ts";
import type { ChannelName } from "../wire/names.ts";
import { EXIT, PeerFailure } from "./failure.ts";
import type { KeptBounds } from "./keep_bounds.ts";
import { TROUBLES } from "./troubles.ts";

/** How often what is past keeping goes. */
const SWEEP_MS = 3_600_000;

export interface KeepParts {
  channels: readonly ChannelName[];
  bounds: KeptBounds;
  clock: Clock;
  log(line: string): void;
  stopped: Promise<void>;
}

export async function keep(chat: Chat, parts: KeepParts): Promise<number> {
  const { channels, bounds, clock, log, stopped } = parts;
  bounds.sweep(clock.now());
  const signedOut = Promise.withResolvers<void>();
  chat.listen((change) => {
    if (change.type === "storage-failed") {
      log("The store can't be written: what comes now is kept in memory only");
    }
    if (change.type !== "trouble-changed") return;
    log(
      chat.trouble === "none"
        ? "Everything works again"
        : TROUBLES[chat.trouble],
    );
    if (chat.trouble === "signed-out") signedOut.resolve();
  });
  await chat.start();
  for (const channel of channels) chat.join(channel);
  const names = channels.map((channel) => `#${channel}`).join(", ");
  const counts = channels.map((channel) => chat.messages(channel).length);
  const count = counts.reduce((sum, messages) => sum + messages, 0);
  log(`Keeping ${names} as ${chat.self.user}: ${count} messages so far`);
  const stopSweeping = every(
    clock,
    SWEEP_MS,
    () => bounds.sweep(clock.now()),
  );
  await Promise.race([stopped, signedOut.promise]);
  stopSweeping();
  if (chat.trouble !== "signed-out") return EXIT.done;
  throw new PeerFailure("The session has ended: start again", EXIT.login);
}
