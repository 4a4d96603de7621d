/**
 * Sessions in the shared SQLite file: what backend and tracker, and any number
 * of each, agree on. Synchronous: one indexed lookup of a few microseconds.
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../clock.ts";
import { isDatabaseFault } from "./database.ts";
import {
  claimedSessionId,
  type NewSession,
  newSession,
  SEEN_EVERY_MS,
  type Session,
  type Sessions,
  SESSIONS_PER_USER_MAX,
} from "./sessions.ts";

export class SqliteSessions implements Sessions {
  readonly #clock: Clock;
  readonly #insert: StatementSync;
  readonly #trim: StatementSync;
  readonly #find: StatementSync;
  readonly #seen: StatementSync;
  readonly #end: StatementSync;
  readonly #endAll: StatementSync;
  readonly #sweep: StatementSync;

  constructor(database: DatabaseSync, clock: Clock) {
    this.#clock = clock;
    this.#insert = database.prepare(
      `INSERT INTO sessions (id, user, address, browser, created_at, seen_at, idle_ms, ends_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#trim = database.prepare(
      `DELETE FROM sessions WHERE id IN (
         SELECT id FROM sessions WHERE user = ? AND id <> ?
         ORDER BY seen_at DESC LIMIT -1 OFFSET ${SESSIONS_PER_USER_MAX - 1})`,
    );
    this.#find = database.prepare(
      `SELECT user, seen_at FROM sessions
       WHERE id = ? AND min(ends_at, seen_at + idle_ms) > ?`,
    );
    this.#seen = database.prepare(
      "UPDATE sessions SET seen_at = ? WHERE id = ?",
    );
    this.#end = database.prepare("DELETE FROM sessions WHERE id = ?");
    this.#endAll = database.prepare("DELETE FROM sessions WHERE user = ?");
    this.#sweep = database.prepare(
      "DELETE FROM sessions WHERE min(ends_at, seen_at + idle_ms) <= ?",
    );
  }

  begin(details: NewSession): string {
    const { token, record } = newSession(details, this.#clock.now());
    const { id, user, address, browser } = record;
    const { createdAt, seenAt, idleMs, endsAt } = record;
    this.#insert.run(
      ...[id, user, address, browser],
      ...[createdAt, seenAt, idleMs, endsAt],
    );
    this.#trim.run(user, id);
    return token;
  }

  authenticate(request: Request): Session | undefined {
    const id = claimedSessionId(request);
    return id === undefined ? undefined : this.#use(id);
  }

  isLive(id: string): boolean {
    return this.#use(id) !== undefined;
  }

  end(id: string): void {
    this.#end.run(id);
  }

  endAllOf(user: string): void {
    this.#endAll.run(user);
  }

  sweep(): number {
    return Number(this.#sweep.run(this.#clock.now()).changes);
  }

  #use(id: string): Session | undefined {
    const now = this.#clock.now();
    const row = this.#find.get(id, now);
    if (row === undefined) return undefined;
    if (now - Number(row["seen_at"]) >= SEEN_EVERY_MS) this.#markSeen(id, now);
    return { id, user: String(row["user"]) };
  }

  #markSeen(id: string, now: number): void {
    try {
      this.#seen.run(now, id);
    } catch (error) {
      // A full disk or a busy writer costs the note, not the person's request.
      if (!isDatabaseFault(error)) throw error;
    }
  }
}
