/**
 * Sessions in the shared SQLite file: what backend and tracker, and any number
 * of each, agree on. Synchronous: one indexed lookup of a few microseconds.
 * @module
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Clock } from "../clock.ts";
import { isDatabaseFault, unflushed } from "./database.ts";
import {
  BEGUN_AHEAD_MS_MAX,
  claimedSessionId,
  newSession,
  newToken,
  SEEN_EVERY_MS,
  type Session,
  sessionIdOf,
  type SessionRecord,
  type Sessions,
  SESSIONS_PER_USER_MAX,
  type SessionWish,
} from "./sessions.ts";

export class SqliteSessions implements Sessions {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #insert: StatementSync;
  readonly #trim: StatementSync;
  readonly #find: StatementSync;
  readonly #seen: StatementSync;
  readonly #renew: StatementSync;
  readonly #list: StatementSync;
  readonly #end: StatementSync;
  readonly #endOne: StatementSync;
  readonly #endAll: StatementSync;
  readonly #endOthers: StatementSync;
  readonly #sweep: StatementSync;

  constructor(database: DatabaseSync, clock: Clock) {
    this.#database = database;
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
    this.#renew = database.prepare(
      `UPDATE sessions SET id = ?1, seen_at = ?3
       WHERE id = ?2 AND min(ends_at, seen_at + idle_ms) > ?3`,
    );
    this.#list = database.prepare(
      `SELECT * FROM sessions
       WHERE user = ? AND min(ends_at, seen_at + idle_ms) > ?
       ORDER BY seen_at DESC`,
    );
    this.#end = database.prepare("DELETE FROM sessions WHERE id = ?");
    this.#endOne = database.prepare(
      `DELETE FROM sessions
       WHERE user = ? AND id = ? AND min(ends_at, seen_at + idle_ms) > ?`,
    );
    this.#endAll = database.prepare("DELETE FROM sessions WHERE user = ?");
    this.#endOthers = database.prepare(
      "DELETE FROM sessions WHERE user = ? AND id <> ?",
    );
    this.#sweep = database.prepare(
      `DELETE FROM sessions WHERE min(ends_at, seen_at + idle_ms) <= ?1
         OR created_at > ?1 + ${BEGUN_AHEAD_MS_MAX}`,
    );
  }

  begin(wish: SessionWish): string {
    const { token, record } = newSession(wish, this.#clock.now());
    const { id, user, address, browser } = record;
    const { createdAt, seenAt, idleMs, endsAt } = record;
    // One that is lost costs a login. That one has ended must not be lost.
    unflushed(this.#database, () => {
      this.#insert.run(
        ...[id, user, address, browser],
        ...[createdAt, seenAt, idleMs, endsAt],
      );
      this.#trim.run(user, id);
    });
    return token;
  }

  authenticate(request: Request): Session | undefined {
    const id = claimedSessionId(request);
    return id === undefined ? undefined : this.#use(id);
  }

  isLive(id: string): boolean {
    return this.#use(id) !== undefined;
  }

  renew(id: string): string | undefined {
    const token = newToken();
    const now = this.#clock.now();
    const { changes } = this.#renew.run(sessionIdOf(token), id, now);
    return changes === 1 ? token : undefined;
  }

  listOf(user: string): SessionRecord[] {
    return this.#list.all(user, this.#clock.now()).map(recordOf);
  }

  end(id: string): void {
    this.#end.run(id);
  }

  endOneOf(user: string, id: string): boolean {
    return this.#endOne.run(user, id, this.#clock.now()).changes === 1;
  }

  endAllOf(user: string): void {
    this.#endAll.run(user);
  }

  endOthersOf(user: string, keptId: string): number {
    return Number(this.#endOthers.run(user, keptId).changes);
  }

  sweep(): number {
    return Number(this.#sweep.run(this.#clock.now()).changes);
  }

  #use(id: string): Session | undefined {
    const now = this.#clock.now();
    const row = this.#find.get(id, now);
    if (row === undefined) return undefined;
    // Either way: noted while the clock was ahead, it would never be idle.
    const sinceMs = Math.abs(now - Number(row["seen_at"]));
    if (sinceMs >= SEEN_EVERY_MS) this.#markSeen(id, now);
    return { id, user: String(row["user"]) };
  }

  #markSeen(id: string, now: number): void {
    try {
      unflushed(this.#database, () => this.#seen.run(now, id));
    } catch (error) {
      // A full disk or a busy writer costs the note, not the person's request.
      if (!isDatabaseFault(error)) throw error;
    }
  }
}

function recordOf(row: Record<string, SQLOutputValue>): SessionRecord {
  return {
    id: String(row["id"]),
    user: String(row["user"]),
    address: String(row["address"]),
    browser: String(row["browser"]),
    createdAt: Number(row["created_at"]),
    seenAt: Number(row["seen_at"]),
    idleMs: Number(row["idle_ms"]),
    endsAt: Number(row["ends_at"]),
  };
}
