import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import { FileExchange, ORPHAN_MS } from "../../lib/mesh/file_exchange.ts";
import { type FileStore, MemoryFileStore } from "../../lib/mesh/file_store.ts";
import type { FileSource } from "../../lib/mesh/shared_file.ts";
import type { KeptEntry } from "../../lib/mesh/verified_entry.ts";
import { seededRandom } from "../../lib/random.ts";
import { type FileInfo, PIECE_BYTES } from "../../lib/wire/file.ts";
import { cheapKeys, deviceKey } from "../tools/cheap_keys.ts";
import { signedBy } from "../tools/entries.ts";
import { peerId } from "../tools/ids.ts";

const alice = deviceKey("alice");

function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => at * 7 + (at >> 8));
}

function sourceOf(bytes: Uint8Array<ArrayBuffer>): FileSource {
  return {
    name: "notes/lớp 12.txt",
    type: "text/plain; charset=utf-8",
    size: bytes.length,
    read: (from, to) => Promise.resolve(bytes.slice(from, to)),
  };
}

/** One peer's files in a channel of which it alone writes the log. */
class Lab {
  readonly clock = new ManualClock();
  readonly store: FileStore;
  readonly entries: KeptEntry[] = [];
  readonly changed: string[] = [];
  files: FileExchange;

  constructor(store: FileStore = new MemoryFileStore()) {
    this.store = store;
    this.files = this.open();
  }

  /** As after a restart, with everything that was kept. */
  open(): FileExchange {
    this.files = new FileExchange({
      ...{ store: this.store, keys: cheapKeys, clock: this.clock },
      ...{ self: peerId("alice"), random: seededRandom(1) },
      send() {},
      sendBytes: () => true,
      strike() {},
      meet() {},
      isFullMesh: () => true,
      share: (_channel, file) => Promise.resolve(this.share(file)),
      changed: (hash) => this.changed.push(hash),
    });
    this.files.start();
    this.files.entriesKept("general", this.entries);
    return this.files;
  }

  share(file: FileInfo): { author: string; seq: number } {
    return this.write({ kind: "file", ...file });
  }

  write(body: Parameters<typeof signedBy>[1]["body"] & object) {
    const seq = this.entries.length + 1;
    const entry = signedBy(alice, { seq, prev: "p".repeat(43), body });
    const kept = { ...entry, at: seq };
    this.entries.push(kept);
    this.files.entriesKept("general", [kept]);
    return { author: alice, seq };
  }

  file(seq: number): FileInfo {
    const entry = this.entries[seq - 1]?.entry;
    assert.equal(entry?.kind, "file");
    return entry as FileInfo;
  }
}

/** What promises do without waiting for anything outside. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
}

Deno.test("FileExchange.send() stores a file, says so in the channel, and can read it", async () => {
  for (const size of [0, 1, PIECE_BYTES, 2 * PIECE_BYTES + 5]) {
    const lab = new Lab();
    const bytes = bytesOf(size);
    const progress: number[] = [];
    const ref = await lab.files.send("general", sourceOf(bytes), {
      progress: (done) => progress.push(done),
    });
    assert.deepEqual(ref, { author: alice, seq: 1 });
    const { name, type, hash, size: told } = lab.file(1);
    assert.deepEqual([name, type], ["notes_lớp 12.txt", "text/plain"]);
    assert.equal(told, size);
    assert.deepEqual(lab.files.state(hash), { state: "held" });
    assert.deepEqual(await lab.files.read(hash, 0, size), bytes);
    assert.deepEqual(progress, progress.toSorted((a, b) => a - b));
    assert.equal(progress.at(-1), size);
    lab.files.stop();
  }
});

Deno.test("FileExchange.read() gives any part of a file, and refuses what is outside of it", async () => {
  const lab = new Lab();
  const bytes = bytesOf(2 * PIECE_BYTES + 5);
  await lab.files.send("general", sourceOf(bytes));
  const { hash } = lab.file(1);
  const parts = [[0, 1], [PIECE_BYTES - 2, PIECE_BYTES + 3], [5, 5]] as const;
  for (const [from, to] of parts) {
    const read = await lab.files.read(hash, from, to);
    assert.deepEqual(read, bytes.slice(from, to));
  }
  const outside = [[-1, 1], [0, bytes.length + 1], [3, 2]] as const;
  for (const [from, to] of outside) {
    await assert.rejects(lab.files.read(hash, from, to), RangeError);
  }
  await assert.rejects(lab.files.read("x".repeat(43), 0, 0), RangeError);
  lab.files.stop();
});

Deno.test("FileExchange.read() gives no byte that is not what was sent", async () => {
  const lab = new Lab();
  await lab.files.send("general", sourceOf(bytesOf(PIECE_BYTES + 5)));
  const { hash } = lab.file(1);
  await lab.store.write(hash, 1, bytesOf(5).fill(9));
  await assert.rejects(lab.files.read(hash, 0, PIECE_BYTES + 1), /is lost/);
  assert.notEqual(lab.files.state(hash).state, "held");
  lab.files.stop();
});

Deno.test("FileExchange.send() keeps and says nothing of what can't be sent", async () => {
  const lab = new Lab(new MemoryFileStore({ bytesMax: PIECE_BYTES }));
  const source = sourceOf(bytesOf(PIECE_BYTES + 5));
  const huge = { ...source, size: 5 * 1024 ** 3 };
  await assert.rejects(lab.files.send("general", huge), RangeError);
  const short = { ...source, size: source.size + 1 };
  await assert.rejects(lab.files.send("general", short), /changes while/);
  await assert.rejects(lab.files.send("general", source), /no room/);
  let reads = 0;
  const moving: FileSource = {
    ...source,
    read: (from, to) => Promise.resolve(bytesOf(to - from).fill(++reads)),
  };
  await assert.rejects(lab.files.send("general", moving), /changes while/);
  await settled();
  assert.deepEqual([lab.entries, await lab.store.list()], [[], []]);
  lab.files.stop();
});

Deno.test("FileExchange.send() ends when it is aborted, at whatever moment", async () => {
  const bytes = bytesOf(2 * PIECE_BYTES);
  for (let until = 0; until < 4; until++) {
    const lab = new Lab();
    const controller = new AbortController();
    let reads = 0;
    const source: FileSource = {
      ...sourceOf(bytes),
      read(from, to) {
        if (reads++ === until) controller.abort();
        return Promise.resolve(bytes.slice(from, to));
      },
    };
    const { signal } = controller;
    const sent = lab.files.send("general", source, { signal });
    if (until < 3) await assert.rejects(sent, { name: "AbortError" });
    // All is read: it is sent.
    else await sent;
    await settled();
    assert.equal((await lab.store.list()).length, until < 3 ? 0 : 1);
    lab.files.stop();
  }
});

Deno.test("FileExchange keeps a file once that is sent twice, as long as one message shares it", async () => {
  const lab = new Lab();
  const source = sourceOf(bytesOf(10));
  await Promise.all([
    lab.files.send("general", source),
    lab.files.send("general", source),
  ]);
  const { hash } = lab.file(1);
  assert.equal((await lab.store.list()).length, 1);
  lab.write({ kind: "delete", target: 1 });
  await settled();
  assert.equal(lab.files.state(hash).state, "held");
  lab.write({ kind: "delete", target: 2 });
  await settled();
  assert.deepEqual(lab.files.state(hash), { state: "absent", holders: 0 });
  assert.deepEqual(await lab.store.list(), []);
  assert.equal(lab.changed.at(-1), hash);
  lab.files.stop();
});

Deno.test("FileExchange lets a file go with the entry that shares it", async () => {
  const lab = new Lab();
  await lab.files.send("general", sourceOf(bytesOf(10)));
  lab.files.entriesDropped("general", lab.entries);
  await settled();
  assert.deepEqual(await lab.store.list(), []);
  lab.files.stop();
});

Deno.test("FileExchange has after a restart what it had, and discards what it is told to", async () => {
  const lab = new Lab();
  await lab.files.send("general", sourceOf(bytesOf(10)));
  const { hash } = lab.file(1);
  lab.files.stop();
  lab.open();
  await settled();
  assert.deepEqual(lab.files.state(hash), { state: "held" });
  await lab.files.discard(hash);
  assert.deepEqual(lab.files.state(hash), { state: "absent", holders: 0 });
  assert.deepEqual(await lab.store.list(), []);
  lab.files.stop();
});

Deno.test("FileExchange.fetch() wants a file over a restart, and cancel() ends that", async () => {
  const lab = new Lab();
  const hash = "f".repeat(43);
  const ref = lab.share({ name: "a", size: 9, type: "text/plain", hash });
  assert.deepEqual(lab.files.state(hash), { state: "absent", holders: 0 });
  lab.files.fetch("general", ref);
  await settled();
  lab.files.stop();
  lab.open();
  await settled();
  assert.deepEqual(lab.files.state(hash), { state: "waiting", bytes: 0 });
  lab.files.cancel(hash);
  await settled();
  assert.deepEqual(lab.files.state(hash), { state: "absent", holders: 0 });
  assert.deepEqual(await lab.store.list(), []);
  const nothing = { author: alice, seq: 99 };
  assert.throws(() => lab.files.fetch("general", nothing), RangeError);
  lab.files.stop();
});

Deno.test("FileExchange removes what a crash left behind between bytes and message, not what is being written", async () => {
  const lab = new Lab();
  const name = (letter: string) => letter.repeat(43);
  const row = { size: 10, channel: "general", wanted: false };
  for (const letter of ["a", "b"]) {
    await lab.store.begin({ ...row, hash: name(letter) });
  }
  await lab.store.begin({ ...row, hash: name("c"), channel: "elsewhere" });
  lab.open();
  await settled();
  // Another tab is about to send these.
  await lab.store.begin({ ...row, hash: name("d") });
  const sent = sourceOf(bytesOf(10));
  const shared = new Lab(lab.store);
  await shared.files.send("general", sent);
  lab.clock.advance(ORPHAN_MS);
  await settled();
  const left = (await lab.store.list()).map(({ hash }) => hash);
  const { hash } = shared.file(1);
  assert.deepEqual(left, [name("c"), name("d"), hash]);
  lab.files.stop();
  shared.files.stop();
});

Deno.test("FileExchange takes for lost what has other hashes on the disk than it had", async () => {
  const lab = new Lab();
  await lab.files.send("general", sourceOf(bytesOf(10)));
  const { hash, size } = lab.file(1);
  const row = { hash, size, channel: "general", wanted: false };
  await lab.store.begin({ ...row, pieces: new Uint8Array(32) });
  lab.files.stop();
  lab.open();
  await settled();
  assert.equal(lab.files.state(hash).state, "absent");
  lab.files.stop();
});
