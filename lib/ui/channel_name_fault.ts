/**
 * What is wrong with a typed name of a channel.
 * @module
 */
import { CHANNEL_NAME_CHARS_MAX, channelNameOf } from "../wire/names.ts";

export type ChannelNameFault =
  | "empty"
  | "too-long"
  | "bad-character"
  | "reserved";

/** The first rule that `typed` breaks; undefined where it names a channel. */
export function channelNameFault(typed: string): ChannelNameFault | undefined {
  if (channelNameOf(typed) !== undefined) return undefined;
  const name = typed.trim().replace(/^#/, "").normalize("NFC");
  if (name === "") return "empty";
  if (!/^[\p{L}\p{M}\p{N}_-]+$/u.test(name)) return "bad-character";
  if ([...name].length > CHANNEL_NAME_CHARS_MAX) return "too-long";
  return "reserved";
}
