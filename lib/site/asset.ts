/**
 * One version of one file: its validators, its bytes or where they are, and
 * its compressed forms, each made once. What stays in memory is charged to a
 * budget; what does not fit is read from the disk, or sent uncompressed.
 * @module
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Encoding } from "./negotiate.ts";

/** Below this the headers cost more than the encoding saves. */
const COMPRESSED_BYTES_MIN = 512;
/** Two below the best: a tenth of its time for a few percent more bytes. */
const BROTLI_QUALITY = 9;
const GZIP_LEVEL = 9;
const COMPRESSIBLE =
  /^(text\/|image\/svg|application\/([\w.+-]*json|wasm|xml)\b)/;

const BROTLI = {
  params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY },
};
const encoders: Record<Encoding, (bytes: Uint8Array) => Promise<Uint8Array>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, BROTLI),
  gzip: (bytes) => promisify(gzip)(bytes, { level: GZIP_LEVEL }),
};

/** A number of bytes that may stay in memory, shared by all assets. */
export class MemoryBudget {
  #left: number;

  constructor(bytesMax: number) {
    this.#left = bytesMax;
  }

  hasRoom(bytes: number): boolean {
    return bytes <= this.#left;
  }

  /** May go below nothing: what is already held counts in any case. */
  charge(bytes: number): void {
    this.#left -= bytes;
  }

  giveBack(bytes: number): void {
    this.#left += bytes;
  }
}

export interface AssetFacts {
  type: string;
  size: number;
  modifiedMs: number;
  /** Names this content and no other. */
  tag: string;
  /** The bytes, or the path of the file that is too large to hold. */
  content: Uint8Array<ArrayBuffer> | string;
}

export class Asset {
  readonly facts: Readonly<AssetFacts>;
  readonly #budget: MemoryBudget;
  readonly #encoded = new Map<
    Encoding,
    Promise<Uint8Array<ArrayBuffer> | undefined>
  >();
  #chargedBytes = 0;
  #released = false;

  constructor(facts: AssetFacts, budget: MemoryBudget) {
    this.facts = facts;
    this.#budget = budget;
    if (typeof facts.content !== "string") this.#charge(facts.size);
  }

  get compressible(): boolean {
    const { type, size, content } = this.facts;
    return typeof content !== "string" && size >= COMPRESSED_BYTES_MIN &&
      COMPRESSIBLE.test(type);
  }

  /** The compressed content; undefined where it is not worth its memory. */
  encoded(
    encoding: Encoding,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    let encoded = this.#encoded.get(encoding);
    if (encoded === undefined) {
      encoded = this.#encode(encoding);
      this.#encoded.set(encoding, encoded);
    }
    return encoded;
  }

  /** Gives its memory back to the budget, once nobody will find it any more. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#budget.giveBack(this.#chargedBytes);
  }

  async #encode(
    encoding: Encoding,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { content } = this.facts;
    if (typeof content === "string") return undefined;
    const bytes = new Uint8Array(await encoders[encoding](content));
    if (bytes.length >= content.length) return undefined;
    if (this.#released) return bytes;
    if (!this.#budget.hasRoom(bytes.length)) return undefined;
    this.#charge(bytes.length);
    return bytes;
  }

  #charge(bytes: number): void {
    this.#budget.charge(bytes);
    this.#chargedBytes += bytes;
  }
}

/** The tag of a content: 128 bits of its SHA-256, in hexadecimal. */
export function contentTag(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 32);
}
