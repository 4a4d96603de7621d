/**
 * A message on the data channel `bulk`: a part of one piece of a file, or word
 * that the sender has it no more. Big-endian:
 *
 *     kind 1 | stream 4 | piece 4 | offset 4 | bytes …
 *
 * The stream is the number that the receiver gave to what it wanted. Frames of
 * a piece follow each other without a gap, and pieces come in the order in which
 * they were wanted, so what is not the next part is nobody's.
 * @module
 */
import {
  FILE_BYTES_MAX,
  PIECE_BYTES,
  PIECE_HASH_BYTES,
  pieceCount,
} from "./file.ts";
import { WireError } from "./wire_error.ts";

const HEAD_BYTES = 13;
const [KIND_PART, KIND_NONE] = [0, 1];
/** What one frame carries of a piece. */
export const PART_BYTES = 32 * 1024;
export const BULK_FRAME_BYTES_MAX = HEAD_BYTES + PART_BYTES;
const HASHES_BYTES_MAX = pieceCount(FILE_BYTES_MAX) * PIECE_HASH_BYTES;
/** In the place of a piece: the hashes of all of them. */
export const HASHES_PIECE = 0xffff_ffff;

export interface BulkFrame {
  stream: number;
  /** Or HASHES_PIECE. */
  piece: number;
  offset: number;
  /** A part of the frame as it came; undefined where the sender has none. */
  bytes: Uint8Array | undefined;
}

export function encodeBulkFrame(
  { stream, piece, offset, bytes }: BulkFrame,
): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEAD_BYTES + (bytes?.length ?? 0));
  const view = new DataView(frame.buffer);
  view.setUint8(0, bytes === undefined ? KIND_NONE : KIND_PART);
  view.setUint32(1, stream);
  view.setUint32(5, piece);
  view.setUint32(9, offset);
  if (bytes !== undefined) frame.set(bytes, HEAD_BYTES);
  return frame;
}

/** One binary message of a linked peer; throws WireError. */
export function decodeBulkFrame(frame: Uint8Array): BulkFrame {
  const { length, buffer, byteOffset } = frame;
  if (length < HEAD_BYTES || length > BULK_FRAME_BYTES_MAX) {
    throw new WireError("bad-message", `A frame can't have ${length} bytes`);
  }
  const view = new DataView(buffer, byteOffset);
  const kind = view.getUint8(0);
  const [stream, piece] = [view.getUint32(1), view.getUint32(5)];
  const offset = view.getUint32(9);
  const bytes = kind === KIND_PART ? frame.subarray(HEAD_BYTES) : undefined;
  const isPart = bytes !== undefined && bytes.length > 0 &&
    offset + bytes.length <= Math.max(PIECE_BYTES, HASHES_BYTES_MAX);
  const isNone = kind === KIND_NONE && length === HEAD_BYTES && offset === 0;
  if (isPart || isNone) return { stream, piece, offset, bytes };
  throw new WireError(
    "bad-message",
    `A frame can't be of kind ${kind} with ${length} bytes from ${offset}`,
  );
}
