import assert from "node:assert/strict";
import type { FileInfo, FileSource } from "../../lib/mesh/shared_file.ts";
import { isPicture, PICTURE_BYTES_MAX } from "../../lib/ui/pictures.ts";
import { SharedFiles, UPLOADS_MAX } from "../../lib/ui/shared_files.ts";
import { FILE_BYTES_MAX } from "../../lib/wire/file.ts";
import { FakeChat } from "../tools/fake_chat.ts";

const HASH = "h".repeat(43);
const PICTURE: FileInfo = {
  ...{ name: "a.png", size: 3, type: "image/png", hash: HASH },
};
const IN_GENERAL = { channel: "general" };

function source(name: string, fields: Partial<FileSource> = {}): FileSource {
  const read = () => Promise.resolve(new Uint8Array(3));
  return { name, size: 3, type: "", read, ...fields };
}

function page() {
  const chat = new FakeChat();
  const saved: string[] = [];
  const files = new SharedFiles({
    chat,
    blobOf: async ({ hash, size }) =>
      new Blob([await chat.files.read(hash, 0, size)]),
    save: async (blob, name) => {
      saved.push(`${name}: ${await blob.text()}`);
    },
  });
  const names = () => chat.messages("general").map(({ file }) => file?.name);
  /** Once all that was sent so far has been read. */
  const settled = async () => {
    while (files.uploads.value.some(({ fault }) => fault === undefined)) {
      await Promise.resolve();
    }
  };
  return { chat, files, saved, names, settled };
}

Deno.test("SharedFiles sends one file after the other, the first as the answer", async () => {
  const { chat, files, names, settled } = page();
  const { ref } = chat.say("general", "bob", "Where are they?");
  files.send([source("a"), source("b")], { ...IN_GENERAL, replyTo: ref });
  assert.deepEqual(files.uploads.value.map(({ name }) => name), ["a", "b"]);
  await settled();
  assert.deepEqual(names(), [undefined, "a", "b"]);
  const answers = chat.messages("general").map(({ replyTo }) => replyTo);
  assert.deepEqual(answers, [undefined, ref, undefined]);
  assert.deepEqual(files.uploads.value, []);
});

Deno.test("SharedFiles says why a file is not sent, and sends the others", async () => {
  const { chat, files, names, settled } = page();
  chat.files.failure = new DOMException("gone", "NotReadableError");
  const large = source("large", { size: FILE_BYTES_MAX + 1 });
  files.send([large, source("lost"), source("fine")], IN_GENERAL);
  files.refuse("photos", IN_GENERAL);
  await settled();
  assert.deepEqual(names(), ["fine"]);
  assert.deepEqual(
    files.uploads.value.map(({ name, fault }) => [name, fault]),
    [["large", "too-large"], ["lost", "unreadable"], ["photos", "folder"]],
  );
  for (const upload of files.uploads.value) files.dismiss(upload);
  assert.deepEqual(files.uploads.value, []);
});

Deno.test("SharedFiles takes so many files at a time, and says so once", async () => {
  const { files, names, settled } = page();
  const many = Array.from(
    { length: UPLOADS_MAX + 3 },
    (_, at) => source(`${at}`),
  );
  files.send(many, IN_GENERAL);
  await settled();
  assert.equal(names().length, UPLOADS_MAX);
  assert.deepEqual(files.uploads.value.map(({ fault }) => fault), ["too-many"]);
});

Deno.test("SharedFiles says nothing in the channel of a file whose sending was stopped", async () => {
  const { chat, files, names, settled } = page();
  const reading = Promise.withResolvers<void>();
  chat.files.sent = reading.promise;
  files.send([source("a"), source("b")], IN_GENERAL);
  for (const upload of files.uploads.value) files.dismiss(upload);
  reading.resolve();
  await settled();
  assert.deepEqual(files.uploads.value, []);
  assert.deepEqual(names(), []);
});

Deno.test("SharedFiles fetches small pictures in sight by themselves, until somebody cancels", () => {
  const { chat, files } = page();
  const message = chat.sayFile("general", "bob", PICTURE);
  const state = () => files.stateOf(HASH).state;
  files.show(message);
  assert.equal(state(), "waiting");
  files.cancel(PICTURE);
  files.show(message);
  assert.equal(state(), "absent");
  files.fetch(message);
  assert.equal(state(), "waiting");
  const large = { ...PICTURE, size: 20e6, hash: "l".repeat(43) };
  files.show(chat.sayFile("general", "bob", large));
  assert.equal(files.stateOf(large.hash).state, "absent");
});

Deno.test("SharedFiles saves what is whole, and says where it is not", async () => {
  const { chat, files, saved } = page();
  chat.files.hold(HASH, new TextEncoder().encode("abc"));
  await files.save(PICTURE);
  assert.deepEqual(saved, ["a.png: abc"]);
  assert.equal(files.saveFault.value, undefined);
  await files.save({ ...PICTURE, size: 4 });
  assert.equal(files.saveFault.value, HASH);
  assert.equal(saved.length, 1);
});

Deno.test("isPicture() takes pictures of a size to be shown, and no documents", () => {
  assert.equal(isPicture(PICTURE), true);
  assert.equal(isPicture({ ...PICTURE, type: "image/svg+xml" }), false);
  assert.equal(isPicture({ ...PICTURE, type: "text/html" }), false);
  assert.equal(isPicture({ ...PICTURE, size: PICTURE_BYTES_MAX + 1 }), false);
});
