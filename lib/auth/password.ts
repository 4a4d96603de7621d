/**
 * Passwords to hashes and back to yes or no: scrypt in the PHC string format,
 * `$scrypt$ln=17,r=8,p=1$salt$hash`, off the event loop and a few at once.
 * A password is compared byte for byte, its spaces and accents included.
 * @module
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import { type Clock, systemClock } from "../clock.ts";
import { WorkQueue } from "./work_queue.ts";

export interface ScryptCost {
  /** The binary logarithm of N. */
  logN: number;
  r: number;
  p: number;
}

/** OWASP's first choice for scrypt: 128 MiB and about half a second each. */
export const SCRYPT_COST: ScryptCost = { logN: 17, r: 8, p: 1 };
/** 128 MiB each: this times that is what a login flood can take. */
const HASHES_AT_ONCE_MAX = 4;
/** A class that logs in together, in about half a minute. */
const HASHES_WAITING_MAX = 64;
/** Well below what a proxy waits for an answer, one hash on a busy machine included. */
const HASH_WAIT_MS_MAX = 30_000;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const HASH_TEXT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z\d+/]{22})\$([A-Za-z\d+/]{43})$/;

/**
 * One core is left to those who do not log in: hashing on all of them makes
 * pages wait, and is hardly faster, for it waits for the memory.
 */
export function hashesAtOnce(cores: number): number {
  return Math.max(1, Math.min(HASHES_AT_ONCE_MAX, cores - 1));
}

interface ParsedHash {
  cost: ScryptCost;
  salt: Buffer;
  hash: Buffer;
}

export class Passwords {
  readonly #cost: ScryptCost;
  readonly #queue: WorkQueue;

  constructor(cost: ScryptCost = SCRYPT_COST, clock: Clock = systemClock) {
    this.#cost = cost;
    const limits = {
      atOnce: hashesAtOnce(navigator.hardwareConcurrency),
      waitingMax: HASHES_WAITING_MAX,
      waitMsMax: HASH_WAIT_MS_MAX,
    };
    this.#queue = new WorkQueue(limits, clock);
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await this.#derive(password, { salt, cost: this.#cost });
    const { logN, r, p } = this.#cost;
    return `$scrypt$ln=${logN},r=${r},p=${p}$${unpadded(salt)}$${
      unpadded(hash)
    }`;
  }

  /**
   * Whether `password` made `stored`. Without a stored hash the answer is no,
   * after the same work: the time must not tell which names exist. `onTurn` runs
   * before that work; if it throws, there is none.
   */
  async verify(
    password: string,
    stored: string | undefined,
    onTurn?: () => void,
  ): Promise<boolean> {
    const known = stored === undefined ? undefined : parseHash(stored);
    const { salt, cost } = known ??
      { salt: Buffer.alloc(SALT_BYTES), cost: this.#cost };
    const hash = await this.#derive(password, { salt, cost }, onTurn);
    return known !== undefined && timingSafeEqual(hash, known.hash);
  }

  /** Whether the hash was made at another cost than today's. */
  isOutdated(stored: string): boolean {
    const { logN, r, p } = this.#cost;
    return !stored.startsWith(`$scrypt$ln=${logN},r=${r},p=${p}$`);
  }

  #derive(
    password: string,
    { salt, cost }: Omit<ParsedHash, "hash">,
    onTurn?: () => void,
  ): Promise<Buffer> {
    const { logN, r, p } = cost;
    const N = 2 ** logN;
    // scrypt needs 128 * N * r bytes and a little; Node allows 32 MiB unasked.
    const options = { N, r, p, maxmem: 256 * N * r };
    return this.#queue.run(() => {
      onTurn?.();
      return new Promise((resolve, reject) => {
        scrypt(password, salt, HASH_BYTES, options, (error, hash) => {
          if (error) reject(error);
          else resolve(hash);
        });
      });
    });
  }
}

/** A stored hash that is none of ours matches no password. */
function parseHash(stored: string): ParsedHash | undefined {
  const match = HASH_TEXT.exec(stored);
  if (match === null) return undefined;
  const [, logN, r, p, salt = "", hash = ""] = match;
  return {
    cost: { logN: Number(logN), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
