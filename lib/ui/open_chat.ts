/**
 * Opens the chat page: whose it is, then their chat.
 * @module
 */
import { options } from "preact";
import { systemClock } from "../clock.ts";
import { mountChat, mountNoServer } from "./chat_page.tsx";
import { createChat } from "./create_chat.ts";
import type { LateParts, PartsOptions } from "./late_parts.tsx";
import { Later, scriptAt } from "./later.ts";
import { fetchUser } from "./session.ts";
import { Trust } from "./trust.ts";
import type { ChatWords } from "./words.ts";

type PartsScript = typeof import("./late_parts.tsx");
type TrustScript = typeof import("./lazy_trust.ts");

export async function openChat(words: ChatWords): Promise<void> {
  const root = document.getElementById("chat");
  if (root === null) return;
  let user: string | undefined;
  try {
    user = await fetchUser(fetch);
  } catch {
    // The browser names the cause on its console; a page that is being left
    // while it asks ends here as well.
    return mountNoServer(root, words);
  }
  if (user === undefined) location.replace("/login.html?next=/chat.html");
  else {
    const scriptKeysUrl = root.dataset["scriptKeys"] ?? "";
    const filesUrl = root.dataset["files"] ?? "";
    const loadTrust = scriptAt<TrustScript>(root.dataset["trust"] ?? "");
    const page = await createChat({
      ...{ user, scriptKeysUrl, filesUrl },
      openRevocations: async (fetch) =>
        new (await loadTrust()).RevocationList(fetch),
    });
    const { chat, keys } = page;
    const trust = new Trust(async (shown) => {
      const { openTrust } = await loadTrust();
      const language = words.locale;
      return openTrust(shown, {
        ...{ user, language, keys },
        clock: systemClock,
      });
    });
    const parts = laterParts(root.dataset["parts"] ?? "", { ...page, words });
    mountChat(root, chat, { words, clock: systemClock, trust, parts });
  }
}

function laterParts(
  url: string,
  page: Omit<PartsOptions, "clock">,
): Later<LateParts> {
  const load = scriptAt<PartsScript>(url);
  return new Later(async () => {
    const script = await load();
    // From a newer server it comes with a Preact of its own, and fits no more.
    if (script.options !== options) {
      throw new Error(`${url} is of another page`);
    }
    return script.openParts({ ...page, clock: systemClock });
  });
}
