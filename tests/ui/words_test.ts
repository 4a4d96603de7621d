import assert from "node:assert/strict";
import { lateWords } from "../../lib/ui/words_later.ts";
import { languageOf, siteWords } from "../../lib/ui/site_words.ts";
import { chatWords } from "../../lib/ui/words.ts";

/** Every text of a table by its path; functions are called with `1`. */
function textsOf(table: object, path = ""): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(table)) {
    const at = `${path}/${key}`;
    if (typeof value === "string") texts.set(at, value);
    else if (typeof value === "function") texts.set(at, value(1, 1));
    else for (const [below, text] of textsOf(value, at)) texts.set(below, text);
  }
  return texts;
}

Deno.test("languageOf() reads the page's language, and falls back to English", () => {
  assert.equal(languageOf("vi"), "vi");
  assert.equal(languageOf("vi-VN"), "vi");
  assert.equal(languageOf("en"), "en");
  assert.equal(languageOf("fr"), "en");
  assert.equal(languageOf(""), "en");
});

for (
  const [name, words] of Object.entries({ chatWords, lateWords, siteWords })
) {
  Deno.test(`${name} has every text in both languages, none of them empty`, () => {
    const english = textsOf(words.en);
    const vietnamese = textsOf(words.vi);
    assert.deepEqual([...vietnamese.keys()], [...english.keys()]);
    for (const [path, text] of [...english, ...vietnamese]) {
      assert.notEqual(text.trim(), "", path);
    }
  });

  Deno.test(`${name} leaves no sentence untranslated`, () => {
    const vietnamese = textsOf(words.vi);
    const same = [...textsOf(words.en)]
      .filter(([path, text]) => text === vietnamese.get(path));
    assert.deepEqual(same, []);
  });

  Deno.test(`${name} is composed Unicode, as fonts and searches expect`, () => {
    for (const text of textsOf(words.vi).values()) {
      assert.equal(text, text.normalize("NFC"));
    }
  });
}

Deno.test("chatWords counts one and many in English", () => {
  assert.equal(chatWords.en.peopleHere(1), "1 person");
  assert.equal(chatWords.en.peopleHere(2), "2 people");
  assert.equal(lateWords.en.newMessages(1), "1 new message");
  assert.equal(lateWords.en.newMessages(5), "5 new messages");
  assert.match(lateWords.en.tooLong(1), /by about 1 character\./);
  assert.match(lateWords.en.tooLong(1_200), /by about 1,200 characters\./);
});
