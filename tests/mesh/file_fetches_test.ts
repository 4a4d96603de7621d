import assert from "node:assert/strict";
import type { FileAction } from "../../lib/mesh/file_actions.ts";
import {
  FileFetches,
  IN_FLIGHT_MAX,
  TAKE_OVER_MS,
} from "../../lib/mesh/file_fetches.ts";
import { PIECE_MS, SILENCE_MS } from "../../lib/mesh/holder_link.ts";
import { PieceSet } from "../../lib/mesh/piece_set.ts";
import { HASHES_PIECE, PART_BYTES } from "../../lib/wire/bulk_frame.ts";
import { PIECE_BYTES, pieceLength } from "../../lib/wire/file.ts";
import {
  PIECES_WANTED_MAX,
  type WantPieces,
} from "../../lib/wire/file_messages.ts";
import { peerId } from "../tools/ids.ts";

const [bob, carol] = [peerId("bob"), peerId("carol")];
const HASH = "h".repeat(43);
/** Whole parts only, so that a piece is always as many frames. */
const PIECES = 40;
const FILE = { hash: HASH, size: PIECES * PIECE_BYTES };

/** One fetching peer, of whose disk the test says what is on it. */
class Lab {
  now = 1_000_000;
  readonly held = new PieceSet(PIECES);
  hasHashes = true;
  readonly fetches = new FileFetches(() =>
    this.hasHashes ? this.held : undefined
  );

  constructor() {
    this.fetches.want(FILE, 0, this.now);
  }

  holds(peer: string, pieces = PieceSet.whole(PIECES)): WantPieces[] {
    return wants(this.fetches.holds(peer, FILE, pieces, this.now), peer);
  }

  /** A whole piece comes from `peer`; what that leads to. */
  send(peer: string, piece: number, stream = 0): FileAction[] {
    const length = piece === HASHES_PIECE
      ? PIECES * 32
      : pieceLength(FILE.size, piece);
    const bytes = new Uint8Array(length).fill(piece);
    const actions: FileAction[] = [];
    for (let offset = 0; offset < length; offset += PART_BYTES) {
      const part = bytes.subarray(offset, offset + PART_BYTES);
      const frame = { stream, piece, offset, bytes: part };
      actions.push(...this.fetches.frame(peer, frame, this.now));
    }
    return actions;
  }

  /** It was the right one, and is stored. */
  keep(from: string, piece: number): FileAction[] {
    this.held.add(piece);
    const checked = { hash: HASH, piece, outcome: "kept" as const };
    return this.fetches.checked(from, checked, this.now);
  }

  wrong(from: string, piece: number): FileAction[] {
    const checked = { hash: HASH, piece, outcome: "wrong" as const };
    return this.fetches.checked(from, checked, this.now);
  }

  pass(ms: number): FileAction[] {
    this.now += ms;
    return this.fetches.tick(this.now);
  }
}

function wants(actions: FileAction[], peer: string): WantPieces[] {
  return actions.flatMap((action) =>
    action.type === "send" && action.to === peer &&
      action.message.type === "want-pieces"
      ? [action.message]
      : []
  );
}

function piecesOf(actions: FileAction[], peer: string): number[] {
  return wants(actions, peer).flatMap(({ pieces }) => pieces);
}

function strikes(actions: FileAction[]): string[] {
  return actions.flatMap((one) => one.type === "strike" ? [one.peer] : []);
}

function checks(actions: FileAction[]): number[] {
  return actions.flatMap((one) => one.type === "check" ? [one.piece] : []);
}

Deno.test("FileFetches wants the hashes first, of one holder, and pieces once these are right", () => {
  const lab = new Lab();
  lab.hasHashes = false;
  const [want] = lab.holds(bob);
  assert.deepEqual([want?.hashes, want?.pieces], [true, []]);
  assert.deepEqual(lab.holds(carol), []);
  assert.deepEqual(checks(lab.send(bob, HASHES_PIECE)), [HASHES_PIECE]);
  lab.hasHashes = true;
  const actions = lab.keep(bob, HASHES_PIECE);
  const [first] = [...piecesOf(actions, bob), ...piecesOf(actions, carol)];
  assert.equal(first, 0);
});

Deno.test("FileFetches wants no piece of two holders, and none that they do not have", () => {
  const lab = new Lab();
  const [some] = lab.holds(bob, new PieceSet(PIECES, [3, 5]));
  assert.deepEqual(some?.pieces, [3, 5]);
  const [rest] = lab.holds(carol);
  assert.deepEqual(rest?.pieces.filter((piece) => [3, 5].includes(piece)), []);
  assert.ok((rest?.pieces.length ?? 0) > 0);
});

Deno.test("FileFetches wants more of who sends quickly, up to a limit, and little of who is slow", () => {
  const waiting = (msForPiece: number) => {
    const lab = new Lab();
    const asked = lab.holds(bob).flatMap(({ pieces }) => pieces);
    for (let round = 0; round < 20; round++) {
      const piece = asked.shift();
      if (piece === undefined) break;
      lab.now += msForPiece;
      asked.push(...piecesOf(lab.send(bob, piece), bob));
      asked.push(...piecesOf(lab.keep(bob, piece), bob));
    }
    return asked.length;
  };
  assert.ok(waiting(10) > PIECES_WANTED_MAX / 2 - 1);
  assert.ok(waiting(10) <= PIECES_WANTED_MAX);
  assert.ok(waiting(2_000) <= 2);
});

Deno.test("FileFetches has no more on its way and in hand than its limit, whoever offers", () => {
  const lab = new Lab();
  let count = 0;
  const huge = { hash: "g".repeat(43), size: 1_000 * PIECE_BYTES };
  lab.fetches.want(huge, 0, lab.now);
  for (let peer = 0; peer < 48; peer++) {
    const name = peerId(`p${peer}`);
    for (const [file, pieces] of [[FILE, PIECES], [huge, 1_000]] as const) {
      const all = PieceSet.whole(pieces);
      const actions = lab.fetches.holds(name, file, all, lab.now);
      count += piecesOf(actions, name).length;
    }
  }
  assert.equal(count, IN_FLIGHT_MAX);
});

Deno.test("FileFetches strikes whoever sends what is not the next part of what was wanted", () => {
  const bytes = new Uint8Array(PART_BYTES);
  const frames = [
    { stream: 0, piece: 1, offset: 0, bytes },
    { stream: 1, piece: 0, offset: 0, bytes },
    { stream: 0, piece: 0, offset: PART_BYTES, bytes },
    { stream: 0, piece: HASHES_PIECE, offset: 0, bytes },
  ];
  for (const frame of frames) {
    const lab = new Lab();
    lab.holds(bob);
    assert.deepEqual(strikes(lab.fetches.frame(bob, frame, lab.now)), [bob]);
    assert.deepEqual(strikes(lab.fetches.frame(carol, frame, lab.now)), [
      carol,
    ]);
  }
  const twice = new Lab();
  twice.holds(bob);
  assert.deepEqual(strikes(twice.send(bob, 0)), []);
  assert.equal(strikes(twice.send(bob, 0)).length, PIECE_BYTES / PART_BYTES);
});

Deno.test("FileFetches strikes a holder of a wrong piece, wants it of another, and nothing more of the first", () => {
  const lab = new Lab();
  for (let piece = 4; piece < PIECES; piece++) lab.held.add(piece);
  const [asked] = lab.holds(bob);
  assert.deepEqual(checks(lab.send(bob, 0)), [0]);
  const actions = lab.wrong(bob, 0);
  assert.deepEqual(strikes(actions), [bob]);
  const stream = asked?.stream;
  assert.ok(actions.some((one) =>
    one.type === "send" && one.to === bob &&
    one.message.type === "unwant-pieces" && one.message.stream === stream
  ));
  const [again] = lab.holds(carol);
  assert.equal(again?.pieces.includes(0), true);
  assert.deepEqual(lab.holds(bob), []);
  // What was on its way is let pass, and not taken.
  assert.deepEqual(strikes(lab.send(bob, 1)), []);
  assert.deepEqual(checks(lab.send(bob, 2)), []);
});

Deno.test("FileFetches asks others for what a silent holder has, and it again once it sends", () => {
  const lab = new Lab();
  const [asked] = lab.holds(bob);
  assert.equal(lab.fetches.dueAt, lab.now + SILENCE_MS);
  lab.pass(SILENCE_MS);
  assert.equal(lab.fetches.sourcesOf(HASH), 0);
  const [taken] = lab.holds(carol);
  assert.deepEqual(taken?.pieces.slice(0, 2), asked?.pieces.slice(0, 2));
  const [first = 0, ...rest] = asked?.pieces ?? [];
  assert.deepEqual(checks(lab.send(bob, first)), [first]);
  const more = rest.flatMap((piece) => piecesOf(lab.send(bob, piece), bob));
  assert.ok(more.length > 0);
});

Deno.test("FileFetches gives up on a holder that sends a byte now and then", () => {
  const lab = new Lab();
  lab.holds(bob);
  let offset = 0;
  for (let ms = 0; ms < PIECE_MS; ms += SILENCE_MS - 1_000) {
    const bytes = new Uint8Array(1);
    lab.fetches.frame(bob, { stream: 0, piece: 0, offset, bytes }, lab.now);
    offset++;
    lab.pass(SILENCE_MS - 1_000);
  }
  assert.equal(lab.fetches.sourcesOf(HASH), 0);
});

Deno.test("FileFetches has an idle holder take over what another is long at, and takes whichever comes first", () => {
  const lab = new Lab();
  for (let piece = 2; piece < PIECES; piece++) lab.held.add(piece);
  const [slow] = lab.holds(bob);
  assert.deepEqual(slow?.pieces, [0, 1]);
  assert.deepEqual(lab.holds(carol), []);
  assert.equal(lab.fetches.dueAt, lab.now + TAKE_OVER_MS);
  const taken = piecesOf(lab.pass(TAKE_OVER_MS), carol);
  assert.deepEqual(taken, [0]);
  assert.deepEqual(checks(lab.send(bob, 0)), [0]);
  lab.keep(bob, 0);
  assert.deepEqual(checks(lab.send(carol, 0)), []);
});

Deno.test("FileFetches asks on when a link ends, and when a holder has a piece no more", () => {
  const lab = new Lab();
  for (let piece = 4; piece < PIECES; piece++) lab.held.add(piece);
  const [asked] = lab.holds(bob);
  const none = { stream: 0, piece: 0, offset: 0, bytes: undefined };
  const actions = lab.fetches.frame(bob, none, lab.now);
  assert.deepEqual(strikes(actions), []);
  assert.equal(piecesOf(actions, bob).includes(0), false);
  lab.fetches.linkDown(bob, lab.now);
  const [rest] = lab.holds(carol);
  for (const piece of asked?.pieces.slice(1, 3) ?? []) {
    assert.equal(rest?.pieces.includes(piece), true);
  }
});

Deno.test("FileFetches wants nothing of a file that is dropped or was never wanted", () => {
  const lab = new Lab();
  lab.holds(bob);
  const dropped = lab.fetches.drop(HASH, lab.now);
  assert.equal(dropped[0]?.type, "send");
  assert.deepEqual(lab.holds(carol), []);
  const other = { hash: "o".repeat(43), size: FILE.size };
  const all = PieceSet.whole(PIECES);
  assert.deepEqual(lab.fetches.holds(carol, other, all, lab.now), []);
  lab.fetches.want(FILE, 0, lab.now);
  const small = { hash: HASH, size: FILE.size - 1 };
  assert.deepEqual(lab.fetches.holds(carol, small, all, lab.now), []);
});
