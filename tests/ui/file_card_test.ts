import assert from "node:assert/strict";
import { h } from "preact";
import { deliveryLook } from "../../lib/ui/DeliveryMark.tsx";
import { FileCard } from "../../lib/ui/FileCard.tsx";
import { FileButtons } from "../../lib/ui/FileButtons.tsx";
import { SharedFiles } from "../../lib/ui/shared_files.ts";
import { chatWords } from "../../lib/ui/words.ts";
import { pageWords } from "../../lib/ui/words_later.ts";
import { draw, textOf } from "../tools/drawn.ts";
import { FakeChat } from "../tools/fake_chat.ts";

const FILE = { name: "a.pdf", size: 3, type: "", hash: "h".repeat(43) };

/** What the card of a file says that so many others have. */
function cardOf(holders: number, language: "en" | "vi"): string {
  const chat = new FakeChat();
  const message = chat.sayFile("general", "bob", FILE);
  chat.files.set(FILE.hash, { state: "absent", holders });
  const blobOf = () => Promise.resolve(new Blob());
  const save = () => Promise.resolve();
  const files = new SharedFiles({ chat, blobOf, save });
  const words = pageWords(chatWords[language]);
  const card = h(FileCard, { message, file: FILE, files, words });
  return textOf(draw(card, [FileButtons]));
}

Deno.test("FileCard says who has the file, in other words than who has its message", () => {
  assert.match(cardOf(1, "en"), /1 person has the file$/);
  assert.match(cardOf(3, "en"), /3 people have the file$/);
  assert.match(cardOf(3, "vi"), /3 người có tệp này$/);
  assert.doesNotMatch(cardOf(0, "en"), /has|have/);
  for (const [language, said] of [["en", "message"], ["vi", "tin"]] as const) {
    const words = pageWords(chatWords[language]);
    for (const held of [1, 3]) {
      const { text } = deliveryLook({ held, of: 3 }, words);
      assert.match(text ?? "", new RegExp(`${said}$`));
    }
  }
});
