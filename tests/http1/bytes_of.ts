/**
 * Bytes for tests: latin1 text as bytes, and bytes cut into pieces.
 * @module
 */
import { Buffer } from "node:buffer";

/** One byte for each character. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

/** One character for each byte. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** `bytes` in pieces that end at `cuts`, wherever these lie. */
export function cutAt(bytes: Uint8Array, cuts: number[]): Uint8Array[] {
  const places = [...new Set(cuts)].filter((cut) => cut < bytes.length)
    .sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) =>
    bytes.subarray(index === 0 ? 0 : places[index - 1], end)
  );
}
