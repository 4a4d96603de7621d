/**
 * What a terminal says of devices that are news: the sentence, and who says it
 * where a script runs and nobody may be reading.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Chat } from "../mesh/chat.ts";
import type { DeviceNews } from "../mesh/known_devices.ts";
import { plainLine } from "./plain_text.ts";
import type { SqliteKnownDevices } from "./sqlite_known_devices.ts";

/** One line, safe to show. */
export function newsInWords({ kind, user, compared }: DeviceNews): string {
  const name = plainLine(user);
  const device = `${name} is here with a device not seen before`;
  if (kind === "device" && !compared) {
    return `${device}: another browser or a cleared one, mostly harmless. /verify ${name} compares numbers`;
  }
  const found = kind === "device"
    ? `${device}, and you compared another one`
    : compared
    ? `The account ${name} was made anew, and you compared the earlier one: this may be somebody else`
    : `The account ${name} was made anew: it may be somebody else`;
  return `${found}. Before you say anything that matters: /verify ${name}, by another way than this chat`;
}

export interface WatchParts {
  chat: Chat;
  clock: Clock;
  devices: SqliteKnownDevices;
  warn(line: string): void;
}

/** Warns of what is loud; a talk says it again, for a script's reader may be none. */
export function watchDevices({ chat, clock, devices, warn }: WatchParts): void {
  let isKept = true;
  chat.listen((change) => {
    if (change.type !== "device-met") return;
    const { user, userSince, device: key } = change;
    try {
      const news = devices.meetUnread({ user, userSince, key }, clock.now());
      if (news !== undefined) warn(newsInWords(news));
    } catch {
      if (isKept) warn(NOT_KEPT);
      isKept = false;
    }
  });
}

export const NOT_KEPT =
  "Whom you meet can't be kept here: a changed device may go unnoticed";
