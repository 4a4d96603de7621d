import assert from "node:assert/strict";
import { h } from "preact";
import { AVATAR_COLOURS, colourOf, initialsOf } from "../../lib/ui/Avatar.tsx";
import { pageTitle } from "../../lib/ui/chat_page.tsx";
import { isSendKey } from "../../lib/ui/Composer.tsx";
import { deliveryLook } from "../../lib/ui/DeliveryMark.tsx";
import { Invite, isLocal } from "../../lib/ui/Invite.tsx";
import { pageWords } from "../../lib/ui/words_later.ts";
import { chatWords } from "../../lib/ui/words.ts";
import { draw, textOf } from "../tools/drawn.ts";

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

Deno.test("Invite names the address in the first channel only", () => {
  const origin = "http://chat.lan:8081";
  const invite = (channel: string, language: "en" | "vi") =>
    textOf(
      draw(
        h(Invite, { words: pageWords(chatWords[language]), channel, origin }),
      ),
    );
  for (const language of ["en", "vi"] as const) {
    assert.match(invite("general", language), /http:\/\/chat\.lan:8081/);
    assert.doesNotMatch(invite("tea", language), /chat\.lan/);
    assert.match(invite("tea", language), /#general.*“#tea”/);
  }
  assert.match(invite("tea", "en"), /Nobody else is in this channel\./);
});

Deno.test("pageTitle() leads with what is unread", () => {
  assert.equal(pageTitle("general", 0), "#general · WeApRous");
  assert.equal(pageTitle("lớp-12", 3), "(3) #lớp-12 · WeApRous");
});
