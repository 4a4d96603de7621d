/**
 * How a command that goes on by itself tells of troubles, and ends where its
 * session has: nobody is there to log in again.
 * @module
 */
import type { Chat } from "../mesh/chat.ts";
import { EXIT, sessionEnded } from "./failure.ts";
import { TROUBLES } from "./troubles.ts";

/** Tells each trouble, from now on; resolves once the session has ended. */
export function tellTroubles(
  chat: Chat,
  tell: (sentence: string) => void,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  chat.listen(({ type }) => {
    if (type !== "trouble-changed") return;
    if (chat.trouble !== "none") tell(TROUBLES[chat.trouble]);
    if (chat.trouble === "signed-out") resolve();
  });
  return promise;
}

/** With which code the command ends; PeerFailure where its session has. */
export function exitOf(chat: Chat): number {
  if (chat.trouble === "signed-out") throw sessionEnded();
  return EXIT.done;
}
