/**
 * How to get others here. Into the channel that everyone starts in: the address
 * to open, with a word of warning where it names this machine only. Into
 * another one: where those who are in already find it. Who is signed out sees
 * nobody, whoever is here, and gets nobody in.
 * @module
 */
import { DEFAULT_CHANNEL } from "../wire/names.ts";
import type { ChatState } from "./state.ts";
import type { PageWords } from "./words_later.ts";

/** `http://127.0.0.1:8081` leads nowhere from another machine. */
export function isLocal(origin: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === "localhost" || hostname.endsWith(".localhost") ||
    hostname.startsWith("127.") || hostname === "[::1]";
}

export interface InviteProps {
  state: Pick<ChatState, "channel" | "trouble">;
  words: PageWords;
  /** The address that others open to come here. */
  origin: string;
}

export function Invite({ state, words, origin }: InviteProps) {
  if (state.trouble.value === "signed-out") return null;
  const channel = state.channel.value;
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
