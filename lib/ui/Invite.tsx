/**
 * How to get others here: the address to open, and a word of warning where it
 * names this machine only.
 * @module
 */
import type { ChatWords } from "./words.ts";

/** `http://127.0.0.1:8081` leads nowhere from another machine. */
export function isLocal(origin: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === "localhost" || hostname.endsWith(".localhost") ||
    hostname.startsWith("127.") || hostname === "[::1]";
}

export function Invite(
  { words, origin }: { words: ChatWords; origin: string },
) {
  return (
    <div class="invite">
      <p class="invite-title">{words.nobodyHere}</p>
      <p>{words.invite}</p>
      <code class="address">{origin}</code>
      {isLocal(origin) && <p class="quiet">{words.inviteLocal}</p>}
    </div>
  );
}
