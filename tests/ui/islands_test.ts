import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import { h } from "preact";
import { ManualClock } from "../../lib/clock.ts";
import type { Trouble } from "../../lib/mesh/chat.ts";
import { AVATAR_COLOURS, colourOf, initialsOf } from "../../lib/ui/Avatar.tsx";
import { pageTitle } from "../../lib/ui/chat_page.tsx";
import { isSendKey } from "../../lib/ui/Composer.tsx";
import { deliveryLook } from "../../lib/ui/DeliveryMark.tsx";
import { Invite, isLocal } from "../../lib/ui/Invite.tsx";
import { NoticeList } from "../../lib/ui/NoticeList.tsx";
import { ChatState } from "../../lib/ui/state.ts";
import { pageWords } from "../../lib/ui/words_later.ts";
import { chatWords } from "../../lib/ui/words.ts";
import { draw, findAll, textOf } from "../tools/drawn.ts";
import { FakeChat } from "../tools/fake_chat.ts";

const ENTER = {
  key: "Enter",
  shiftKey: false,
  isComposing: false,
  keyCode: 13,
};

Deno.test("isSendKey() takes Enter alone", () => {
  assert.equal(isSendKey(ENTER), true);
  assert.equal(isSendKey({ ...ENTER, shiftKey: true }), false);
  assert.equal(isSendKey({ ...ENTER, key: "a" }), false);
});

Deno.test("isSendKey() leaves Enter to a composition", () => {
  assert.equal(isSendKey({ ...ENTER, isComposing: true }), false);
  assert.equal(isSendKey({ ...ENTER, keyCode: 229 }), false);
});

Deno.test("deliveryLook() says who has a message", () => {
  const wordsFor = (held: number, of: number) =>
    deliveryLook({ held, of }, pageWords(chatWords.en)).text;
  assert.equal(wordsFor(0, 0), "waiting for someone to come");
  assert.equal(wordsFor(0, 3), "on its way");
  assert.equal(wordsFor(1, 3), "1 of 3 have the message");
  assert.equal(wordsFor(3, 3), "everyone here has the message");
});

Deno.test("initialsOf() takes whole letters of any script", () => {
  assert.equal(initialsOf("admin"), "A");
  assert.equal(initialsOf("Nguyễn Văn Ân"), "NÂ");
  assert.equal(initialsOf("minh-anh"), "MA");
  assert.equal(initialsOf("ê".normalize("NFD")).length, 1);
  assert.equal(initialsOf("😀"), "😀");
  assert.equal(initialsOf("---"), "?");
  assert.equal(initialsOf(""), "?");
});

Deno.test("colourOf() is the same for equal names, and within the palette", () => {
  for (const name of ["admin", "", "Tuấn", "x".repeat(32)]) {
    const colour = colourOf(name);
    assert.equal(colour, colourOf(name.normalize("NFD")));
    assert.ok(Number.isInteger(colour) && colour >= 0);
    assert.ok(colour < AVATAR_COLOURS);
  }
});

Deno.test("isLocal() knows the addresses that lead nowhere else", () => {
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"]) {
    assert.equal(isLocal(`http://${host}:8081`), true, host);
  }
  assert.equal(isLocal("http://192.168.1.5:8081"), false);
  assert.equal(isLocal("https://chat.example.org"), false);
});

function invite(
  channel: string,
  language: "en" | "vi",
  trouble: Trouble = "none",
): string {
  const words = pageWords(chatWords[language]);
  const state = { channel: signal(channel), trouble: signal(trouble) };
  const origin = "http://chat.lan:8081";
  return textOf(draw(h(Invite, { state, words, origin })));
}

Deno.test("Invite names the address in the first channel only", () => {
  for (const language of ["en", "vi"] as const) {
    assert.match(invite("general", language), /http:\/\/chat\.lan:8081/);
    assert.doesNotMatch(invite("tea", language), /chat\.lan/);
    assert.match(invite("tea", language), /#general.*“#tea”/);
  }
  assert.match(invite("tea", "en"), /Nobody else is in this channel\./);
});

Deno.test("Invite asks nobody in where this page is signed out", () => {
  assert.equal(invite("general", "en", "signed-out"), "");
  assert.equal(invite("tea", "en", "signed-out"), "");
  assert.match(invite("general", "en", "no-tracker"), /chat\.lan/);
});

Deno.test("NoticeList leads who is signed out to the chat, which asks for a login where there is none", async () => {
  const chat = new FakeChat();
  chat.trouble = "signed-out";
  const state = new ChatState(chat, new ManualClock());
  await state.start();
  const drawn = draw(h(NoticeList, { state, words: pageWords(chatWords.en) }));
  const links = findAll(drawn, ({ tag }) => tag === "a");
  assert.deepEqual(
    links.map(({ props, children }) => [textOf(children), props["href"]]),
    [["Log in again", "/chat.html"]],
  );
});

Deno.test("pageTitle() leads with what is unread", () => {
  assert.equal(pageTitle("general", 0), "#general · WeApRous");
  assert.equal(pageTitle("lớp-12", 3), "(3) #lớp-12 · WeApRous");
});
