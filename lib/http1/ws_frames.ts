/**
 * Where WebSocket frames begin and end (RFC 6455 5.2) in bytes that pass by in
 * whatever pieces. It counts and checks nothing: what the frames say is between
 * those who speak. A close frame of one's own may stand between two of them.
 * @module
 */

/** The server goes away, as a browser leaving a page does (RFC 6455 7.4.1). */
const GOING_AWAY = 1001;
const FIN_CLOSE = 0x88;
const OPCODE_CLOSE = 8;
const MASKED = 0x80;

/** A close frame with 1001 and no reason, as a server sends it. */
export const SERVER_GOING_AWAY: Uint8Array = Uint8Array.of(
  FIN_CLOSE,
  2,
  GOING_AWAY >> 8,
  GOING_AWAY & 0xff,
);

/**
 * The same from a client, which has to mask. The key may be zeros: it protects
 * caches from payloads chosen by an attacker, and this one is not.
 */
export const CLIENT_GOING_AWAY: Uint8Array = Uint8Array.of(
  FIN_CLOSE,
  MASKED | 2,
  ...[0, 0, 0, 0],
  GOING_AWAY >> 8,
  GOING_AWAY & 0xff,
);

/** Follows the frames of one direction. */
export class FrameCounter {
  /** A close frame has passed whole: nothing may follow it. */
  closed = false;
  #opcode = 0;
  /** Bytes of the header so far, and how many there will be. */
  #headerRead = 0;
  #headerSize = 2;
  #lengthEnd = 2;
  #payloadLeft = 0;

  /** Whether no frame is under way. */
  get between(): boolean {
    return this.#headerRead === 0;
  }

  /** Reads on from `from`; returns the offset behind the frame, at most `to`. */
  toBoundary(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to && this.#headerRead < this.#headerSize) {
      this.#takeHeader(bytes[at++]!);
    }
    if (this.#headerRead < this.#headerSize) return at;
    const count = Math.min(this.#payloadLeft, to - at);
    this.#payloadLeft -= count;
    if (this.#payloadLeft === 0) this.#end();
    return at + count;
  }

  /** Reads all of it. */
  take(bytes: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to;) at = this.toBoundary(bytes, at, to);
  }

  #takeHeader(byte: number): void {
    const index = this.#headerRead++;
    if (index === 0) this.#opcode = byte & 15;
    else if (index === 1) this.#takeLength(byte);
    // Length first, then the mask: what is behind the length is only counted.
    else if (index < this.#lengthEnd) {
      this.#payloadLeft = this.#payloadLeft * 256 + byte;
    }
  }

  #takeLength(byte: number): void {
    const length = byte & 127;
    this.#lengthEnd = length === 126 ? 4 : length === 127 ? 10 : 2;
    this.#payloadLeft = length < 126 ? length : 0;
    this.#headerSize = this.#lengthEnd + ((byte & MASKED) === 0 ? 0 : 4);
  }

  #end(): void {
    if (this.#opcode === OPCODE_CLOSE) this.closed = true;
    this.#headerRead = 0;
    this.#headerSize = 2;
  }
}
