/**
 * The chat page's script: whose page it is, then their chat.
 * @module
 */
import { systemClock } from "../clock.ts";
import { mountChat, mountNotice } from "./chat_page.tsx";
import { createChat } from "./create_chat.ts";
import { fetchUser } from "./session.ts";
import { chatWords, languageOf } from "./words.ts";

const words = chatWords[languageOf(document.documentElement.lang)];

async function open(root: HTMLElement): Promise<void> {
  try {
    const user = await fetchUser(fetch);
    if (user === undefined) location.replace("/login.html?next=/chat.html");
    else mountChat(root, createChat(user), { words, clock: systemClock });
  } catch (error) {
    mountNotice(root, "no-server", words);
    throw error;
  }
}

const root = document.getElementById("chat");
if (root !== null) void open(root);
