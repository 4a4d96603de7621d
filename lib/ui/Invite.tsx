/**
 * How to get others here. Into the channel that everyone starts in: the address
 * to open, with a word of warning where it names this machine only. Into
 * another one: where those who are in already find it.
 * @module
 */
import { type ChannelName, DEFAULT_CHANNEL } from "../wire/names.ts";
import type { PageWords } from "./words_later.ts";

/** `http://127.0.0.1:8081` leads nowhere from another machine. */
export function isLocal(origin: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === "localhost" || hostname.endsWith(".localhost") ||
    hostname.startsWith("127.") || hostname === "[::1]";
}

export interface InviteProps {
  words: PageWords;
  channel: ChannelName;
  /** The address that others open to come here. */
  origin: string;
}

export function Invite({ words, channel, origin }: InviteProps) {
  if (channel !== DEFAULT_CHANNEL) {
    return (
      <div class="invite">
        <p class="invite-title">{words.nobodyInChannel}</p>
        <p>{words.foundAs(DEFAULT_CHANNEL, channel)}</p>
      </div>
    );
  }
  return (
    <div class="invite">
      <p class="invite-title">{words.nobodyHere}</p>
      <p>{words.invite}</p>
      <code class="address">{origin}</code>
      {isLocal(origin) && <p class="quiet">{words.inviteLocal}</p>}
    </div>
  );
}
