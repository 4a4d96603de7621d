/**
 * Opens the chat page: whose it is, then their chat.
 * @module
 */
import { systemClock } from "../clock.ts";
import { mountChat, mountNotice } from "./chat_page.tsx";
import { createChat } from "./create_chat.ts";
import { fetchUser } from "./session.ts";
import { Trust } from "./trust.ts";
import type { ChatWords } from "./words.ts";

export async function openChat(words: ChatWords): Promise<void> {
  const root = document.getElementById("chat");
  if (root === null) return;
  let user: string | undefined;
  try {
    user = await fetchUser(fetch);
  } catch {
    // The browser names the cause on its console; a page that is being left
    // while it asks ends here as well.
    return mountNotice(root, "no-server", words);
  }
  if (user === undefined) location.replace("/login.html?next=/chat.html");
  else {
    const scriptKeysUrl = root.dataset["scriptKeys"] ?? "";
    const filesUrl = root.dataset["files"] ?? "";
    const chat = await createChat({ user, scriptKeysUrl, filesUrl });
    const trust = new Trust(async () => {
      const { openTrust } = await import(root.dataset["trust"] ?? "");
      return openTrust({ user, language: words.locale });
    });
    mountChat(root, chat, { words, clock: systemClock, trust });
  }
}
