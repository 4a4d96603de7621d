import assert from "node:assert/strict";
import type { FileAction } from "../../lib/mesh/file_actions.ts";
import { FileServes, READ_AHEAD } from "../../lib/mesh/file_serves.ts";
import {
  type BulkFrame,
  decodeBulkFrame,
  HASHES_PIECE,
  PART_BYTES,
} from "../../lib/wire/bulk_frame.ts";
import { PIECE_BYTES } from "../../lib/wire/file.ts";
import {
  PIECES_WANTED_MAX,
  type WantPieces,
} from "../../lib/wire/file_messages.ts";
import { peerId } from "../tools/ids.ts";

const [bob, carol] = [peerId("bob"), peerId("carol")];
const FILE = { hash: "h".repeat(43), size: 20 * PIECE_BYTES };

function want(pieces: number[], fields: Partial<WantPieces> = {}): WantPieces {
  return { type: "want-pieces", stream: 3, ...FILE, pieces, ...fields };
}

function loads(actions: FileAction[]): number[] {
  return actions.flatMap((one) => one.type === "load" ? [one.piece] : []);
}

function next(serves: FileServes, peer = bob): BulkFrame | undefined {
  const frame = serves.nextFrame(peer);
  return frame && decodeBulkFrame(frame);
}

function load(serves: FileServes, piece: number, length: number): void {
  const bytes = new Uint8Array(length).fill(piece);
  serves.loaded(bob, { hash: FILE.hash, piece, bytes });
}

Deno.test("FileServes sends what was wanted in that order, in parts, and reads little ahead", () => {
  const serves = new FileServes();
  const wanted = [7, 2, 5, 4, 9, 3];
  const actions = serves.want(bob, want(wanted), true);
  assert.deepEqual(loads(actions), wanted.slice(0, READ_AHEAD));
  assert.equal(next(serves), undefined);
  load(serves, 2, 10);
  assert.equal(next(serves), undefined);
  load(serves, 7, PART_BYTES + 1);
  const [a, b, c] = [next(serves), next(serves), next(serves)];
  assert.deepEqual([a?.piece, a?.offset, a?.bytes?.length], [7, 0, PART_BYTES]);
  assert.deepEqual([b?.piece, b?.offset, b?.bytes?.length], [7, PART_BYTES, 1]);
  assert.deepEqual([c?.piece, c?.offset, c?.bytes?.length], [2, 0, 10]);
  const more = wanted.slice(READ_AHEAD, READ_AHEAD + 2);
  assert.deepEqual(loads(serves.readAhead(bob)), more);
  assert.deepEqual(loads(serves.readAhead(bob)), []);
});

Deno.test("FileServes says of a piece that it has none, where it is lost or not for that peer", () => {
  const serves = new FileServes();
  assert.deepEqual(loads(serves.want(bob, want([0, 1]), false)), []);
  const none = { stream: 3, offset: 0, bytes: undefined };
  assert.deepEqual(next(serves), { ...none, piece: 0 });
  assert.deepEqual(next(serves), { ...none, piece: 1 });
  serves.want(bob, want([4], { hashes: true }), true);
  for (const piece of [HASHES_PIECE, 4]) {
    serves.loaded(bob, { hash: FILE.hash, piece, bytes: undefined });
    assert.deepEqual(next(serves), { ...none, piece });
  }
});

Deno.test("FileServes strikes whoever wants more than it may be waiting for, and keeps none of it", () => {
  const serves = new FileServes();
  const pieces = Array.from({ length: PIECES_WANTED_MAX }, (_, at) => at);
  assert.equal(serves.want(bob, want(pieces), true)[0]?.type, "load");
  const more = serves.want(bob, want([0, 1]), true);
  assert.deepEqual(more.map(({ type }) => type), ["strike"]);
  load(serves, 0, 1);
  next(serves);
  assert.notEqual(serves.want(bob, want([16, 17]), true)[0]?.type, "strike");
});

Deno.test("FileServes answers what is not wanted any more, and finishes what it has begun", () => {
  const serves = new FileServes();
  serves.want(bob, want([0, 1]), true);
  serves.want(bob, want([9], { stream: 4 }), true);
  load(serves, 0, PART_BYTES + 1);
  load(serves, 1, 5);
  next(serves);
  serves.unwant(bob, 3);
  assert.equal(next(serves)?.bytes?.length, 1);
  assert.deepEqual(
    next(serves),
    { stream: 3, piece: 1, offset: 0, bytes: undefined },
  );
  serves.readAhead(bob);
  load(serves, 9, 5);
  assert.equal(next(serves)?.stream, 4);
});

Deno.test("FileServes has each link wait for itself only, and forgets one that ends", () => {
  const serves = new FileServes();
  serves.want(bob, want([0]), true);
  serves.want(carol, want([1]), true);
  const bytes = new Uint8Array(1);
  serves.loaded(carol, { hash: FILE.hash, piece: 1, bytes });
  assert.equal(next(serves), undefined);
  assert.equal(next(serves, carol)?.piece, 1);
  serves.linkDown(bob);
  load(serves, 0, 1);
  assert.equal(next(serves), undefined);
});
