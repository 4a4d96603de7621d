import assert from "node:assert/strict";
import { RoomFiles, WAITING_TOLD_MS } from "../../lib/cli/room_files.ts";
import { ManualClock } from "../../lib/clock.ts";
import type { FileInfo } from "../../lib/mesh/shared_file.ts";
import { FakeChat } from "../tools/fake_chat.ts";

function fileCalled(name: string, size = 1_200_000): FileInfo {
  const hash = name.replace(/[^a-z]/g, "_").padEnd(43, "_");
  return { name, size, type: "text/plain", hash };
}

/** A room whose disk takes whatever it is given. */
function room() {
  const chat = new FakeChat();
  const [said, warned, saved] = [[], [], []] as [string[], string[], string[]];
  const bytes = new Uint8Array(10);
  const clock = new ManualClock();
  const files = new RoomFiles({
    ...{ chat, clock },
    openFile: (path) =>
      Promise.resolve({
        ...{ name: path, size: bytes.length, type: "" },
        read: () => Promise.resolve(bytes),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    save: ({ name }) => {
      saved.push(name);
      return Promise.resolve(`./${name}`);
    },
    say: (line) => said.push(line),
    warn: (line) => warned.push(line),
    changed: () => {},
  });
  chat.listen((change) => {
    if (change.type === "file-changed") files.look(change.hash);
  });
  return { chat, clock, files, said, warned, saved };
}

Deno.test("RoomFiles.get() fetches by number, by name or the latest, and saves what has come", async () => {
  const { chat, files, said, saved } = room();
  const first = chat.sayFile("general", "mai", fileCalled("one.txt"));
  const second = chat.sayFile("general", "an", fileCalled("two.txt"));
  assert.equal(files.hint(first), "  /get 1");
  assert.equal(files.hint(second), "  /get 2");
  assert.equal(files.hint(first), "  /get 1");
  files.get("general", "1");
  files.get("general", "two.txt");
  const hash = second.file?.hash ?? "";
  chat.files.set(hash, {
    ...{ state: "fetching", bytes: 600_000, bytesPerSecond: 1e6, from: 2 },
  });
  assert.equal(files.label, " ↓50%");
  files.get("general", "");
  assert.match(said.at(-1) ?? "", /two\.txt \(1\.2 MB\): 50%, 1 MB\/s$/);
  chat.files.hold(hash, new Uint8Array(3));
  await Promise.resolve();
  assert.deepEqual(saved, ["two.txt"]);
  assert.equal(said.at(-1), "Saved ./two.txt (1.2 MB)");
  assert.equal(files.label, "");
  // What was not asked for is not saved.
  chat.files.hold(fileCalled("three.txt").hash, new Uint8Array(3));
  assert.deepEqual(saved, ["two.txt"]);
});

Deno.test("RoomFiles says once that nobody has it, and why it can't be had", () => {
  const { chat, clock, files, said, warned } = room();
  const { file } = chat.sayFile("general", "mai", fileCalled("one.txt"));
  const hash = file?.hash ?? "";
  files.list("general");
  files.get("general", "1");
  clock.advance(WAITING_TOLD_MS - 1);
  assert.deepEqual(said, []);
  clock.advance(1);
  chat.files.set(hash, { state: "waiting", bytes: 0 });
  clock.advance(WAITING_TOLD_MS);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? "", /nobody who has it is here now/);
  chat.files.set(hash, { state: "failed", problem: "no-room" });
  assert.deepEqual(warned, [
    "Cannot get one.txt: there is no room for it on this machine",
  ]);
  files.get("general", "7");
  files.get("general", "no.txt");
  assert.deepEqual(warned.slice(1), [
    'No file "7" here: /files lists them',
    'No file "no.txt" here: /files lists them',
  ]);
});

Deno.test("RoomFiles.cancel() lets a file be, and it is not saved later", () => {
  const { chat, files, saved } = room();
  const { file } = chat.sayFile("general", "mai", fileCalled("one.txt"));
  files.list("general");
  files.get("general", "1");
  files.cancel("general", "1");
  assert.equal(chat.files.state(file?.hash ?? "").state, "absent");
  chat.files.hold(file?.hash ?? "", new Uint8Array(3));
  assert.deepEqual(saved, []);
});

Deno.test("RoomFiles.list() names each file, who sent it and how far it is, and obeys no name", () => {
  const { chat, files } = room();
  assert.deepEqual(files.list("general"), []);
  chat.sayFile("general", "mai", fileCalled("a\u200bb.txt", 999));
  const gone = chat.sayFile("general", "an", fileCalled("gone.txt"));
  chat.change("general", gone.ref, () => ({ deleted: true }));
  const lines = files.list("general");
  assert.equal(lines.length, 1);
  assert.match(
    lines[0] ?? "",
    /^ {3}1 {2}📎 a\ufffdb\.txt \(999 bytes\) {2}mai/,
  );
});

Deno.test("RoomFiles.send() shows how far it is, and says what can't be sent", async () => {
  const { chat, files } = room();
  const sent = Promise.withResolvers<void>();
  chat.files.sent = sent.promise;
  const sending = files.send("general", "notes.txt");
  await Promise.resolve();
  assert.match(files.label, /^ ↑\d+%$/);
  sent.resolve();
  await sending;
  assert.equal(files.label, "");
  assert.equal(chat.messages("general").at(-1)?.file?.name, "notes.txt");
  chat.files.failure = new RangeError("no room");
  await assert.rejects(
    files.send("general", "notes.txt"),
    /^Error: Cannot send notes\.txt: no room$/,
  );
});

Deno.test("RoomFiles.cancel() says of a file that it is here already, and lets it stay", () => {
  const { chat, files, said } = room();
  const { file } = chat.sayFile("general", "mai", fileCalled("one.txt"));
  const hash = file?.hash ?? "";
  files.list("general");
  chat.files.hold(hash, new Uint8Array(3));
  files.cancel("general", "1");
  assert.deepEqual(said, ["📎 one.txt (1.2 MB): it is here already"]);
  assert.equal(chat.files.state(hash).state, "held");
});

Deno.test("RoomFiles.send() takes a path in quotes, as a shell does", async () => {
  const { chat, files } = room();
  const paths = ['"báo cáo.pdf"', "'a b.txt'", '"half'];
  for (const path of paths) await files.send("general", path);
  assert.deepEqual(
    chat.messages("general").map(({ file }) => file?.name),
    ["báo cáo.pdf", "a b.txt", '"half'],
  );
});
