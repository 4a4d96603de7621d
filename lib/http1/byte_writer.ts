/**
 * Builds messages as bytes in one buffer that grows and is used again: a head
 * and a small body leave in one write. Knows the chunked coding, no fields.
 * @module
 */
import { CR, LF } from "./bytes.ts";

const NO_BYTES = new Uint8Array(0);

/** A buffer to write into; made once for each connection. */
export class ByteWriter {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  clear(): void {
    this.length = 0;
  }

  /** Another buffer: somebody still reads what was written to the last one. */
  renew(): void {
    this.bytes = new Uint8Array(this.bytes.length);
    this.length = 0;
  }

  /** What was written; a view, good until the next change. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** Text whose characters are bytes (ASCII, or latin1 as it came in). */
  text(text: string): void {
    this.#reserve(text.length);
    const { bytes, length } = this;
    for (let at = 0; at < text.length; at++) {
      bytes[length + at] = text.charCodeAt(at);
    }
    this.length = length + text.length;
  }

  /** The bytes of `source` from `from` up to `to`. */
  copy(source: Uint8Array, from = 0, to = source.length): void {
    const count = to - from;
    if (count <= 0) return;
    this.#reserve(count);
    const { bytes, length } = this;
    if (count < 32) {
      // For a few bytes a loop costs less than making a view.
      for (let at = 0; at < count; at++) {
        bytes[length + at] = source[from + at]!;
      }
    } else {
      bytes.set(source.subarray(from, to), length);
    }
    this.length = length + count;
  }

  crlf(): void {
    this.#reserve(2);
    this.bytes[this.length++] = CR;
    this.bytes[this.length++] = LF;
  }

  /** One chunk of the chunked coding; nothing for no bytes, which would end it. */
  chunk(source: Uint8Array, from: number, to: number): void {
    if (to <= from) return;
    this.text((to - from).toString(16));
    this.crlf();
    this.copy(source, from, to);
    this.crlf();
  }

  /** The end of the chunked coding: `trailers` are raw lines and their CRLF. */
  lastChunk(trailers: Uint8Array = NO_BYTES): void {
    this.text("0\r\n");
    if (trailers.length > 0) this.copy(trailers);
    else this.crlf();
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.view());
    this.bytes = grown;
  }
}
