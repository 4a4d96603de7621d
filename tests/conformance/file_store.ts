/**
 * What every FileStore promises, as tests: call it with a way to open one and
 * to open the same one again.
 * @module
 */
import assert from "node:assert/strict";
import {
  type FileRow,
  type FileStore,
  NoRoomError,
} from "../../lib/mesh/file_store.ts";
import { PIECE_BYTES } from "../../lib/wire/file.ts";

const HASH = "h".repeat(43);
const OTHER = "o".repeat(43);

function row(fields: Partial<FileRow> = {}): FileRow {
  const size = 2 * PIECE_BYTES + 100;
  return { hash: HASH, size, channel: "general", wanted: false, ...fields };
}

function bytes(length: number, fill: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(fill);
}

async function hashes(store: FileStore): Promise<string[]> {
  return (await store.list()).map(({ hash }) => hash).toSorted();
}

export interface FileStoreUnderTest {
  name: string;
  /** An empty one. */
  open(): FileStore | Promise<FileStore>;
  /** The same store after a restart; undefined where it forgets. */
  reopen?(): FileStore | Promise<FileStore>;
  /** An empty one with room for 100 bytes, where that can be arranged. */
  openFull?(): FileStore | Promise<FileStore>;
}

export function testFileStore(
  { name, open, reopen, openFull }: FileStoreUnderTest,
): void {
  Deno.test(`${name}.list() gives back each file that was begun, with its row and the pieces held`, async () => {
    const store = await open();
    assert.deepEqual(await store.list(), []);
    const pieces = bytes(3 * 32, 7);
    await store.begin(row({ pieces, wanted: true }));
    await store.begin(row({ hash: OTHER, channel: "lớp-12", size: 0 }));
    await store.write(HASH, 2, bytes(100, 2));
    await store.write(HASH, 0, bytes(PIECE_BYTES, 0));
    const held = { ...row({ pieces, wanted: true }), held: [0, 2] };
    const list = await store.list();
    assert.deepEqual(list.find(({ hash }) => hash === HASH), held);
    assert.deepEqual(
      list.find(({ hash }) => hash === OTHER),
      { ...row({ hash: OTHER, channel: "lớp-12", size: 0 }), held: [] },
    );
    store.close();
  });

  Deno.test(`${name}.find() gives back one file, and nothing for one that was not begun`, async () => {
    const store = await open();
    assert.equal(await store.find(HASH), undefined);
    await store.begin(row());
    await store.write(HASH, 1, bytes(PIECE_BYTES, 1));
    assert.deepEqual(await store.find(HASH), { ...row(), held: [1] });
    assert.equal(await store.find(OTHER), undefined);
    store.close();
  });

  Deno.test(`${name}.begin() of a file that is there writes its row anew and keeps its pieces`, async () => {
    const store = await open();
    await store.begin(row({ wanted: true }));
    await store.write(HASH, 0, bytes(PIECE_BYTES, 1));
    const pieces = bytes(3 * 32, 9);
    await store.begin(row({ channel: "other", pieces }));
    const held = { ...row({ channel: "other", pieces }), held: [0] };
    assert.deepEqual(await store.list(), [held]);
    store.close();
  });

  Deno.test(`${name}.read() gives back each piece as it was written last`, async () => {
    const store = await open();
    await store.begin(row());
    await store.begin(row({ hash: OTHER }));
    await store.write(HASH, 0, bytes(PIECE_BYTES, 1));
    await store.write(HASH, 2, bytes(100, 2));
    await store.write(OTHER, 0, bytes(PIECE_BYTES, 3));
    await store.write(HASH, 2, bytes(100, 4));
    assert.deepEqual(await store.read(HASH, 0), bytes(PIECE_BYTES, 1));
    assert.deepEqual(await store.read(HASH, 2), bytes(100, 4));
    assert.deepEqual(await store.read(OTHER, 0), bytes(PIECE_BYTES, 3));
    assert.equal(await store.read(HASH, 1), undefined);
    assert.equal(await store.read("n".repeat(43), 0), undefined);
    store.close();
  });

  Deno.test(`${name} keeps what it was given, whatever becomes of those bytes`, async () => {
    const store = await open();
    await store.begin(row());
    const written = bytes(100, 1);
    await store.write(HASH, 2, written);
    written.fill(9);
    const read = await store.read(HASH, 2);
    assert.deepEqual(read, bytes(100, 1));
    read?.fill(8);
    assert.deepEqual(await store.read(HASH, 2), bytes(100, 1));
    store.close();
  });

  Deno.test(`${name}.write() keeps many pieces that are written at once`, async () => {
    const store = await open();
    const count = 24;
    await store.begin(row({ size: count * 1_000 }));
    const pieces = Array.from({ length: count }, (_, piece) => piece);
    await Promise.all(
      pieces.map((piece) => store.write(HASH, piece, bytes(1_000, piece))),
    );
    assert.deepEqual((await store.find(HASH))?.held, pieces);
    assert.deepEqual(await store.read(HASH, 17), bytes(1_000, 17));
    store.close();
  });

  Deno.test(`${name}.write() refuses a file that was not begun`, async () => {
    const store = await open();
    await assert.rejects(store.write(HASH, 0, bytes(10, 1)));
    assert.deepEqual(await store.list(), []);
    store.close();
  });

  Deno.test(`${name}.remove() drops one file, and it can be begun anew`, async () => {
    const store = await open();
    await store.begin(row());
    await store.begin(row({ hash: OTHER }));
    await store.write(HASH, 0, bytes(PIECE_BYTES, 1));
    await store.write(OTHER, 0, bytes(PIECE_BYTES, 2));
    await store.remove(HASH);
    await store.remove("n".repeat(43));
    assert.deepEqual(await hashes(store), [OTHER]);
    assert.equal(await store.read(HASH, 0), undefined);
    assert.deepEqual(await store.read(OTHER, 0), bytes(PIECE_BYTES, 2));
    await store.begin(row());
    assert.deepEqual(await store.find(HASH), { ...row(), held: [] });
    store.close();
  });

  if (openFull !== undefined) {
    Deno.test(`${name}.write() says where there is no room, and goes on when there is`, async () => {
      const store = await openFull();
      await store.begin(row({ size: 60 }));
      await store.begin(row({ hash: OTHER, size: 60 }));
      await store.write(HASH, 0, bytes(60, 1));
      await assert.rejects(store.write(OTHER, 0, bytes(60, 2)), NoRoomError);
      assert.deepEqual((await store.find(OTHER))?.held, []);
      await store.remove(HASH);
      await store.write(OTHER, 0, bytes(60, 2));
      assert.deepEqual((await store.find(OTHER))?.held, [0]);
      store.close();
    });
  }

  if (reopen === undefined) return;
  Deno.test(`${name} has everything after a restart`, async () => {
    const before = await open();
    const pieces = bytes(3 * 32, 5);
    await before.begin(row({ pieces, wanted: true }));
    await before.write(HASH, 1, bytes(PIECE_BYTES, 1));
    await before.begin(row({ hash: OTHER }));
    await before.write(OTHER, 0, bytes(PIECE_BYTES, 1));
    await before.remove(OTHER);
    before.close();
    const after = await reopen();
    const held = { ...row({ pieces, wanted: true }), held: [1] };
    assert.deepEqual(await after.list(), [held]);
    assert.deepEqual(await after.read(HASH, 1), bytes(PIECE_BYTES, 1));
    assert.equal(await after.read(OTHER, 0), undefined);
    after.close();
  });
}
