/**
 * The chat page's script in the preview: the real page on a FakeChat. The
 * scene comes from `?scene=`; the page's `preview` lets a script act on it.
 * @module
 */
import { ScriptKeys } from "../../lib/mesh/script_keys.ts";
import { systemClock } from "../../lib/clock.ts";
import type { FileInfo } from "../../lib/mesh/shared_file.ts";
import { mountChat } from "../../lib/ui/chat_page.tsx";
import { openParts } from "../../lib/ui/late_parts.tsx";
import { Later } from "../../lib/ui/later.ts";
import { openTrust } from "../../lib/ui/lazy_trust.ts";
import { Trust } from "../../lib/ui/trust.ts";
import { languageOf } from "../../lib/ui/site_words.ts";
import { chatWords } from "../../lib/ui/words.ts";
import { FakeChat } from "./fake_chat.ts";
import { scenes } from "./preview_scenes.ts";

const scene = new URLSearchParams(location.search).get("scene") ?? "busy";
const language = languageOf(document.documentElement.lang);
const root = document.getElementById("chat");
const chat = new FakeChat();
// Nobody is known, and nothing is left unread, at the beginning of a scene.
indexedDB.deleteDatabase(`weaprous-people:${chat.self.user}`);
scenes[scene]?.(chat, Date.now());
chat.setTime(Date.now());
if (root !== null) {
  const clock = systemClock;
  const keys = new ScriptKeys();
  const blobOf = async ({ hash, size }: FileInfo) =>
    new Blob([await chat.files.read(hash, 0, size)]);
  const words = chatWords[language];
  mountChat(root, chat, {
    words,
    clock,
    parts: new Later(() =>
      Promise.resolve(openParts({ chat, words, clock, blobOf }))
    ),
    trust: new Trust((shown) =>
      openTrust(shown, { user: chat.self.user, language, keys, clock })
    ),
  });
}
// What became trouble in the scene shows in the tracker's state as well.
if (chat.trouble !== "none") {
  const refused = chat.trouble === "signed-out";
  if (chat.trouble !== "no-peer") {
    setTimeout(() => chat.setTracker(refused ? "refused" : "away"), 50);
  }
}
Object.assign(globalThis, { preview: chat });
