import assert from "node:assert/strict";
import { AVATAR_COLOURS, colourOf, initialsOf } from "../../lib/ui/Avatar.tsx";
import { pageTitle } from "../../lib/ui/chat_page.tsx";
import { isSendKey } from "../../lib/ui/Composer.tsx";
import { deliveryLook } from "../../lib/ui/DeliveryMark.tsx";
import { isLocal } from "../../lib/ui/Invite.tsx";
import { chatWords } from "../../lib/ui/words.ts";

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
  const textOf = (held: number, of: number) =>
    deliveryLook({ held, of }, chatWords.en).text;
  assert.equal(textOf(0, 0), "sent, waiting for someone");
  assert.equal(textOf(0, 3), "sent, waiting for someone");
  assert.equal(textOf(1, 3), "1 of 3 have it");
  assert.equal(textOf(3, 3), "everyone here has it");
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

Deno.test("pageTitle() leads with what is unread", () => {
  assert.equal(pageTitle("general", 0), "#general · WeApRous");
  assert.equal(pageTitle("lớp-12", 3), "(3) #lớp-12 · WeApRous");
});
