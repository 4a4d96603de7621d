/**
 * How much a keeper's file may grow: by age, or by size. The oldest go first.
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { DEFAULT_RETENTION, type Retention } from "../mesh/channel_log.ts";

/** What a row takes besides its text and signature. */
const ROW_BYTES = 200;

const DAY_MS = 86_400_000;
const UNITS = { MB: 1e6, GB: 1e9 } as const;
const BUSY_TIMEOUT_MS = 2_000;

export type Bound =
  | { type: "age"; ms: number }
  | { type: "size"; bytes: number };

/** `30d`, `500MB` or `10GB`; undefined for whatever else. */
export function readBound(text: string): Bound | undefined {
  const [, digits = "", unit] = /^(\d{1,6})(d|MB|GB)$/.exec(text) ?? [];
  const count = Number(digits);
  if (unit === undefined || count === 0) return undefined;
  return unit === "d"
    ? { type: "age", ms: count * DAY_MS }
    : { type: "size", bytes: count * UNITS[unit as keyof typeof UNITS] };
}

/**
 * What the peer keeps under `bound`: what was swept out by age is not to be
 * fetched again from others at the next start.
 */
export function retentionUnder(bound: Bound | undefined): Retention {
  return bound?.type === "age"
    ? { ...DEFAULT_RETENTION, ageMaxMs: bound.ms }
    : DEFAULT_RETENTION;
}

export class KeptBounds {
  readonly bound: Bound | undefined;
  readonly #path: string;

  constructor(path: string, bound: Bound | undefined) {
    this.#path = path;
    this.bound = bound;
  }

  /** Takes out of the file what is past keeping; returns how many. */
  sweep(now: number): number {
    const { bound } = this;
    if (bound === undefined) return 0;
    const database = new DatabaseSync(this.#path);
    try {
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      const before = bound.type === "age"
        ? now - bound.ms
        : lastBeyond(database, bound.bytes);
      return Number(
        database.prepare("DELETE FROM entries WHERE at <= ?").run(before)
          .changes,
      );
    } finally {
      database.close();
    }
  }
}

/** The time of the newest entry with which the newer ones exceed `bytes`. */
function lastBeyond(database: DatabaseSync, bytes: number): number {
  const row = database.prepare(
    `SELECT max(at) AS last FROM (
       SELECT at, sum(length(signed) + length(signature) + ${ROW_BYTES})
         OVER (ORDER BY at DESC, author, seq) AS total FROM entries)
     WHERE total > ?`,
  ).get(bytes);
  const last = row?.["last"];
  return typeof last === "number" ? last : -1;
}
