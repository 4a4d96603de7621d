/**
 * A body out of the bytes that carry it, in whatever pieces they come:
 *
 *   length   ── bytes ──► until the length is reached
 *   close    ── bytes ──► until the sender closes
 *   chunked  size ─► ext ─► data ─► CRLF ─╮   size 0 ─► trailers ─► done
 *              ▲────────────────────────╯
 *
 * Chunk payloads are moved together in place, so that what came in one read goes
 * out in one write. Chunk extensions are dropped, trailers kept.
 * @module
 */
import { CR, IS_FIELD_VALUE, LF, SEMICOLON } from "./bytes.ts";
import { Field, Fields, HEAD_BYTES_MAX } from "./fields.ts";
import { type Framing, NO_BODY } from "./framing.ts";
import { Http1Error } from "./http1_error.ts";

/** Hexadecimal digits of a chunk's size: 12 stay exact in a double. */
const SIZE_DIGITS_MAX = 12;
/** One chunk's extensions may be this long. */
const EXTENSION_BYTES_MAX = 1024;
/** All of a body's extensions together: they cost us and carry nothing. */
const EXTENSIONS_BYTES_MAX = 16 * 1024;

type State =
  | "size"
  | "extension"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailers"
  | "done";

/** Decodes one body at a time; made once for each connection. */
export class BodyDecoder {
  /** Where the payload of the last `decode` lies. */
  dataStart = 0;
  dataEnd = 0;
  done = true;
  /** Raw lines of the trailer section with its closing CRLF, or empty. */
  trailers: Uint8Array = NOTHING;
  #framing: Framing = NO_BODY;
  #remaining = 0;
  #state: State = "done";
  #digits = 0;
  #extensionBytes = 0;
  #extensionsBytes = 0;
  #tail: number[] = [];

  start(framing: Framing): void {
    this.#framing = framing;
    this.#remaining = framing.length;
    this.done = framing.kind === "none";
    this.trailers = NOTHING;
    if (framing.kind !== "chunked") return;
    this.#state = "size";
    this.#digits = 0;
    this.#extensionBytes = 0;
    this.#extensionsBytes = 0;
    this.#tail = [];
  }

  /**
   * Takes the bytes from `from` up to `to` and returns the offset behind what
   * belongs to this body. Its payload then lies from dataStart to dataEnd.
   */
  decode(bytes: Uint8Array, from: number, to: number): number {
    this.dataStart = this.dataEnd = from;
    if (this.done) return from;
    if (this.#framing.kind === "chunked") {
      return this.#decodeChunks(bytes, from, to);
    }
    if (this.#framing.kind === "close") return this.dataEnd = to;
    const end = Math.min(to, from + this.#remaining);
    this.#remaining -= end - from;
    this.done = this.#remaining === 0;
    return this.dataEnd = end;
  }

  /** The sender has closed. Returns false where something was still missing. */
  close(): boolean {
    if (this.#framing.kind === "close") this.done = true;
    return this.done;
  }

  #decodeChunks(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to && !this.done) {
      if (this.#state === "data") {
        const end = Math.min(to, at + this.#remaining);
        if (at !== this.dataEnd) bytes.copyWithin(this.dataEnd, at, end);
        this.dataEnd += end - at;
        this.#remaining -= end - at;
        if (this.#remaining === 0) this.#state = "data-cr";
        at = end;
      } else if (this.#state === "trailers") {
        this.#takeTrailer(bytes[at++]!);
      } else {
        this.#takeFraming(bytes[at++]!);
      }
    }
    return at;
  }

  #takeFraming(byte: number): void {
    switch (this.#state) {
      case "size":
        return this.#takeSize(byte);
      case "extension":
        return this.#takeExtension(byte);
      case "size-lf":
        expectByte(byte, LF);
        this.#state = this.#remaining === 0 ? "trailers" : "data";
        return;
      case "data-cr":
        expectByte(byte, CR);
        this.#state = "data-lf";
        return;
      default:
        expectByte(byte, LF);
        this.#state = "size";
        this.#digits = 0;
        this.#remaining = 0;
    }
  }

  #takeSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit !== -1) {
      if (++this.#digits > SIZE_DIGITS_MAX) {
        throw new Http1Error(400, "Chunk size too large");
      }
      this.#remaining = this.#remaining * 16 + digit;
      return;
    }
    if (this.#digits === 0 || (byte !== CR && byte !== SEMICOLON)) {
      throw new Http1Error(400, "Malformed chunk size");
    }
    this.#extensionBytes = 0;
    this.#state = byte === CR ? "size-lf" : "extension";
  }

  #takeExtension(byte: number): void {
    if (byte === CR) {
      this.#state = "size-lf";
      return;
    }
    if (IS_FIELD_VALUE[byte] === 0) {
      throw new Http1Error(400, "Malformed chunk extension");
    }
    this.#extensionBytes++;
    this.#extensionsBytes++;
    if (
      this.#extensionBytes > EXTENSION_BYTES_MAX ||
      this.#extensionsBytes > EXTENSIONS_BYTES_MAX
    ) throw new Http1Error(400, "Chunk extensions too long");
  }

  /** Trailers are rare and short: they are gathered byte by byte. */
  #takeTrailer(byte: number): void {
    const tail = this.#tail;
    tail.push(byte);
    if (tail.length > HEAD_BYTES_MAX) {
      throw new Http1Error(431, "Trailers too long");
    }
    if (byte !== LF) return;
    if (tail.length === 2 && tail[0] === CR) {
      this.done = true;
      return;
    }
    if (tail.length === 1) throw new Http1Error(400, "Malformed trailers");
    if (!endsInEmptyLine(tail)) return;
    const bytes = Uint8Array.from(tail);
    refuseMisplaced(bytes);
    this.trailers = bytes;
    this.done = true;
  }
}

const NOTHING = new Uint8Array(0);

/** A bare LF counts here, too: whoever sends one hears of it at once. */
function endsInEmptyLine(tail: readonly number[]): boolean {
  const before = tail.at(-2);
  return before === LF || (before === CR && tail.at(-3) === LF);
}

/** A field that frames or routes a message is void in trailers (RFC 9110 6.5.1). */
function refuseMisplaced(bytes: Uint8Array): void {
  const fields = new Fields();
  fields.read(bytes, 0, bytes.length);
  for (let index = 0; index < fields.count; index++) {
    if (fields.kind(index) === Field.other) continue;
    throw new Http1Error(400, "Forbidden field in trailers");
  }
}

function expectByte(byte: number, expected: number): void {
  if (byte !== expected) throw new Http1Error(400, "Malformed chunk");
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
