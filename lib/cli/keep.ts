/**
 * `deno task peer keep`: stays, and has what was said for whoever comes later.
 * @module
 */
import { type Clock, every } from "../clock.ts";
import type { Chat } from "../mesh/chat.ts";
import type { ChannelName } from "../wire/names.ts";
import type { KeptBounds } from "./keep_bounds.ts";
import { FILES_BOUND, isSharing, KeptFiles } from "./kept_files.ts";
import { exitOf, tellTroubles } from "./session_end.ts";

/** How often what is past keeping goes. */
const SWEEP_MS = 3_600_000;
/** Messages come in pages: files are asked for once for all of them. */
const REVIEW_AFTER_MS = 200;

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
  const bound = bounds.bound ?? FILES_BOUND;
  const files = new KeptFiles({ chat, channels, bound, log });
  let cancelReview: (() => void) | undefined;
  const reviewSoon = () => {
    cancelReview ??= clock.after(REVIEW_AFTER_MS, () => {
      cancelReview = undefined;
      files.review(clock.now());
    });
  };
  const signedOut = tellTroubles(chat, log);
  chat.listen((change) => {
    if (change.type === "file-changed") files.look(change.hash);
    if (change.type === "messages-changed" && change.added.some(isSharing)) {
      reviewSoon();
    }
    if (change.type === "storage-failed") {
      log("The store can't be written: what comes now is kept in memory only");
    }
    if (change.type === "trouble-changed" && chat.trouble === "none") {
      log("Everything works again");
    }
  });
  await chat.start();
  for (const channel of channels) chat.join(channel);
  const names = channels.map((channel) => `#${channel}`).join(", ");
  const counts = channels.map((channel) => chat.messages(channel).length);
  const count = counts.reduce((sum, messages) => sum + messages, 0);
  log(`Keeping ${names} as ${chat.self.user}: ${count} messages so far`);
  files.review(clock.now());
  const stopSweeping = every(clock, SWEEP_MS, () => {
    bounds.sweep(clock.now());
    files.review(clock.now());
  });
  await Promise.race([stopped, signedOut]);
  stopSweeping();
  cancelReview?.();
  return exitOf(chat);
}
