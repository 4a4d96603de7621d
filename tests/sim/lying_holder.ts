/**
 * Says that it holds every file, and then does what no honest holder does: sends
 * other bytes, other hashes, nothing at all, what nobody wanted, or asks for
 * everything at once.
 * @module
 */
import type { Random } from "../../lib/random.ts";
import {
  encodeBulkFrame,
  HASHES_PIECE,
  PART_BYTES,
} from "../../lib/wire/bulk_frame.ts";
import {
  PIECE_HASH_BYTES,
  pieceCount,
  pieceLength,
} from "../../lib/wire/file.ts";
import type { FileMessage, WantPieces } from "../../lib/wire/file_messages.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import type { PeerInfo } from "../../lib/wire/tracker_api.ts";
import { peerId } from "../tools/ids.ts";
import type { FileEnd, FileWires } from "./file_wires.ts";

const CHANNEL = "general";

export const LIES = [
  "wrong-pieces",
  "wrong-hashes",
  "silence",
  "half-a-piece",
  "unwanted",
  "wants-all",
] as const;
export type Lie = typeof LIES[number];

export class LyingHolder implements FileEnd {
  readonly info: PeerInfo = { peer: peerId("mallory"), user: "mallory" };
  readonly lie: Lie;
  readonly #wires: FileWires;
  readonly #random: Random;

  constructor(
    lie: Lie,
    { wires, random }: { wires: FileWires; random: Random },
  ) {
    this.lie = lie;
    this.#wires = wires;
    this.#random = random;
  }

  linkUp({ peer }: PeerInfo): void {
    if (this.lie === "unwanted") this.#sendUnwanted(peer);
  }

  linkDown(): void {}

  receive(from: PeerId, message: FileMessage): void {
    if (message.type === "want-pieces") this.#answer(from, message);
    if (message.type !== "seek-files") return;
    const { files } = message;
    const held = files.map((file) => ({ ...file, held: "all" as const }));
    this.#send(from, { type: "files-held", files: held });
    if (this.lie === "wants-all") {
      for (const file of files) this.#flood(from, file);
    }
  }

  frame(): void {}
  drained(): void {}

  #send(to: PeerId, message: FileMessage): void {
    this.#wires.send(this.info.peer, to, message);
  }

  #answer(to: PeerId, want: WantPieces): void {
    if (this.lie === "silence") return;
    const pieces = want.hashes ? [HASHES_PIECE, ...want.pieces] : want.pieces;
    for (const piece of pieces) this.#sendPiece(to, want, piece);
  }

  #sendPiece(
    to: PeerId,
    { stream, size }: WantPieces,
    piece: number,
  ): void {
    const whole = piece === HASHES_PIECE
      ? pieceCount(size) * PIECE_HASH_BYTES
      : pieceLength(size, piece);
    const length = this.lie === "half-a-piece" ? Math.ceil(whole / 2) : whole;
    const bytes = new Uint8Array(length).fill(Math.floor(this.#random() * 256));
    for (let offset = 0; offset < length; offset += PART_BYTES) {
      const part = bytes.subarray(offset, offset + PART_BYTES);
      const frame = { stream, piece, offset, bytes: part };
      this.#wires.sendBytes(this.info.peer, to, encodeBulkFrame(frame));
    }
  }

  #sendUnwanted(to: PeerId): void {
    const bytes = new Uint8Array(PART_BYTES);
    for (let piece = 0; piece < 20; piece++) {
      const frame = { stream: 0, piece, offset: 0, bytes };
      this.#wires.sendBytes(this.info.peer, to, encodeBulkFrame(frame));
    }
  }

  #flood(to: PeerId, { hash, size }: { hash: string; size: number }): void {
    const last = Math.max(0, pieceCount(size) - 1);
    for (let stream = 0; stream < 20; stream++) {
      const pieces = new Array(16).fill(last);
      this.#send(to, { type: "want-pieces", stream, hash, size, pieces });
    }
    const files = [{ hash, size }];
    for (let ttl = 1; ttl <= 7; ttl++) {
      this.#send(to, { type: "seek-files", channel: CHANNEL, files, ttl });
    }
  }
}
