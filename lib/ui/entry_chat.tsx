/**
 * The chat page's script: whose page it is, then their chat.
 * @module
 */
import { systemClock } from "../clock.ts";
import { mountChat, mountNotice } from "./chat_page.tsx";
import { createChat } from "./create_chat.ts";
import { fetchUser } from "./session.ts";
import { languageOf } from "./site_words.ts";
import { Trust } from "./trust.ts";
import { chatWords } from "./words.ts";

const language = languageOf(document.documentElement.lang);
const words = chatWords[language];

async function open(root: HTMLElement): Promise<void> {
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
    const chat = await createChat({ user, scriptKeysUrl });
    const trust = new Trust(async () => {
      const { openTrust } = await import(root.dataset["trust"] ?? "");
      return openTrust({ user, language });
    });
    mountChat(root, chat, { words, clock: systemClock, trust });
  }
}

const root = document.getElementById("chat");
if (root !== null) void open(root);
