/**
 * A member that forges, in a real browser: the honest page shows nothing of it,
 * closes the link at the limit, and keeps that device off when it comes again.
 * @module
 */
import assert from "node:assert/strict";
import { STRIKES_MAX } from "../../lib/mesh/link_guard.ts";
import type { SignedEntry } from "../../lib/wire/entry.ts";
import { encodeLinkMessage, type LinkMessage } from "../../lib/wire/link.ts";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { ForgingPage, tapsLinks } from "../tools/forging_page.ts";
import { TestSystem } from "../tools/services.ts";

const FORGED = "forged";

function written(entry: SignedEntry, channel = "general"): LinkMessage {
  return { type: "entry-written", channel, entry, certificates: [] };
}

/** The entry with `text` that was heard on a link. */
async function overheard(page: ForgingPage, text: string) {
  for (const said of await page.heard()) {
    const message = JSON.parse(said);
    const entries: SignedEntry[] = message.entries ??
      (message.entry === undefined ? [] : [message.entry]);
    const found = entries.find(({ signed }) => signed.includes(text));
    if (found !== undefined) return found;
  }
  throw new Error(`Nothing heard of "${text}"`);
}

/** Each is against the rules in a way of its own, and costs one strike. */
async function forgeries(page: ForgingPage): Promise<string[]> {
  const { key, certificate } = await page.device("admin");
  const honest = await overheard(page, "the truth");
  const { author, seq } = JSON.parse(honest.signed);
  const time = Date.now();
  const own = { channel: "general", author: key, seq: 1, prev: null, time };
  const body = { kind: "text", text: FORGED } as const;
  const asItself = await page.sign(own, body);
  const asAnother = await page.sign(
    { ...own, author, seq: seq + 1, prev: "x".repeat(43) },
    body,
  );
  const rewritten = honest.signed.replace("the truth", FORGED);
  const elsewhere = await page.sign({ ...own, channel: "tea" }, body);
  const renamed = { ...certificate, user: "somebody else" };
  const messages: LinkMessage[] = [
    {
      ...written({ ...asItself, signature: honest.signature }),
      certificates: [certificate],
    } as LinkMessage,
    written(asAnother),
    written({ ...honest, signed: rewritten }),
    written(honest, "tea"),
    written(elsewhere),
    {
      type: "entries",
      channel: "general",
      entries: [{ ...honest, signed: rewritten }],
      certificates: [],
    },
    {
      type: "fork-found",
      channel: "general",
      proof: [honest, honest],
      certificates: [],
    },
    { ...written(honest), certificates: [renamed] } as LinkMessage,
  ];
  const texts = messages.map((message) => encodeLinkMessage(message));
  const [first = ""] = texts;
  return [...texts, first.slice(0, first.length / 2), FORGED.repeat(10_000)];
}

for (const victimsBrowser of ["firefox", "chromium"] as const) {
  browserTest(
    `A member that forges gets nothing shown in ${victimsBrowser}, is let go, and kept off when it comes again`,
    ["chromium", "firefox"],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(victimsBrowser);
      await using chromium = await launchBrowser("chromium");
      const victim = await ChatWindow.enter(browser, system.origin);
      await victim.createChannel("tea");
      await victim.openChannel("general");
      await victim.say("the truth");
      const chat = await ChatWindow.enter(chromium, system.origin, tapsLinks);
      await chat.openChannel("tea");
      await chat.openChannel("general");
      await chat.sees("the truth");
      await Promise.all([victim.reaches(1), chat.reaches(1)]);
      const forger = new ForgingPage(chat);
      const forged = await forgeries(forger);
      assert.equal(forged.length, STRIKES_MAX);
      for (const text of forged.slice(0, -1)) await forger.say(text);
      // On the same link, so what came before it has been judged.
      await chat.say("and now as it should be");
      await victim.sees("and now as it should be");
      assert.doesNotMatch(await victim.read(), new RegExp(FORGED));
      assert.equal(await forger.linksOpen(), 1);

      await forger.say(forged.at(-1) ?? "");
      await forger.losesLinks(1);
      await victim.reaches(0);
      await victim.openChannel("tea");
      await victim.sees("Nothing said in #tea yet");
      await victim.openChannel("general");
      assert.doesNotMatch(await victim.read(), new RegExp(FORGED));

      await chat.reload();
      // Another peer id, the same device: linked, known, and closed again.
      await forger.losesLinks(1);
      await victim.reaches(0);
      const honest = await ChatWindow.enter(chromium, system.origin);
      await honest.reaches(2);
      await victim.say("to whoever is honest");
      await honest.sees("to whoever is honest");
      await victim.reaches(1);
      victim.assertClean();
    },
  );
}
