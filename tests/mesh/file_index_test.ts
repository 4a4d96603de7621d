import assert from "node:assert/strict";
import { FileIndex } from "../../lib/mesh/file_index.ts";
import type { KeptEntry } from "../../lib/mesh/verified_entry.ts";
import type { EntryBody } from "../../lib/wire/entry.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { signedBy } from "../tools/entries.ts";

const alice = deviceKey("alice");
const HASH = "h".repeat(43);
const FILE = { name: "a.txt", size: 3, type: "text/plain", hash: HASH };

function entry(seq: number, body: EntryBody, author = alice): KeptEntry {
  const signed = signedBy(author, { seq, prev: "p".repeat(43), body });
  return { ...signed, at: seq };
}

function shared(seq: number, author = alice): KeptEntry {
  return entry(seq, { kind: "file", ...FILE }, author);
}

function deleted(seq: number, target: number): KeptEntry {
  return entry(seq, { kind: "delete", target });
}

Deno.test("FileIndex knows the file of a message, and where a file is shared", () => {
  const index = new FileIndex();
  const text = entry(2, { kind: "text", text: "hi" });
  assert.deepEqual(index.add("general", [shared(1), text]), []);
  index.add("other", [shared(7)]);
  assert.deepEqual(index.get("general", { author: alice, seq: 1 }), FILE);
  assert.equal(index.get("general", { author: alice, seq: 2 }), undefined);
  assert.equal(index.get("nowhere", { author: alice, seq: 1 }), undefined);
  assert.deepEqual([...index.channelsOf(HASH)], ["general", "other"]);
  assert.equal(index.has("x".repeat(43)), false);
});

Deno.test("FileIndex says when the last message that shares a file is taken back", () => {
  const index = new FileIndex();
  index.add("general", [shared(1), shared(2)]);
  assert.deepEqual(index.add("general", [deleted(3, 1)]), []);
  assert.equal(index.has(HASH), true);
  assert.deepEqual(index.add("general", [deleted(4, 2)]), [HASH]);
  assert.deepEqual(index.add("general", [deleted(4, 2)]), []);
  assert.equal(index.has(HASH), false);
});

Deno.test("FileIndex shares nothing of a message that was taken back before it came", () => {
  const index = new FileIndex();
  assert.deepEqual(index.add("general", [deleted(3, 1)]), []);
  assert.deepEqual(index.add("general", [shared(1)]), []);
  assert.equal(index.has(HASH), false);
  // Nobody takes back what another wrote.
  index.add("general", [shared(1, deviceKey("bob"))]);
  assert.equal(index.has(HASH), true);
});

Deno.test("FileIndex counts an entry once that comes twice", () => {
  const index = new FileIndex();
  index.add("general", [shared(1)]);
  index.add("general", [shared(1)]);
  assert.deepEqual(index.drop("general", [shared(1)]), [HASH]);
  assert.deepEqual(index.drop("general", [shared(1)]), []);
});

Deno.test("FileIndex says when the last message that shares a file is not kept any more", () => {
  const index = new FileIndex();
  index.add("general", [shared(1)]);
  index.add("other", [shared(7)]);
  assert.deepEqual(index.drop("general", [shared(1), deleted(2, 1)]), []);
  assert.deepEqual([...index.channelsOf(HASH)], ["other"]);
  assert.deepEqual(index.drop("other", [shared(7)]), [HASH]);
});

Deno.test("FileIndex forgets a channel that is left without calling its files gone", () => {
  const index = new FileIndex();
  index.add("general", [shared(1)]);
  index.forget("general");
  assert.equal(index.has(HASH), false);
  index.add("general", [shared(1)]);
  assert.equal(index.has(HASH), true);
});
