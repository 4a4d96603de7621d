/**
 * The one file that accounts and sessions live in: made on first use, by
 * whichever process comes first, readable by its owner only. It knows the
 * tables, not what they mean.
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";

export const DATABASE_FILE = "weaprous.db";
/** SQLite waits inside the call, so this is also the longest stall. */
const BUSY_TIMEOUT_MS = 2_000;
/** How long the switch to a write-ahead log is tried: as long as any wait. */
const WAL_WAIT_MS = 20;
const WAL_TRIES_MAX = BUSY_TIMEOUT_MS / WAL_WAIT_MS;

/**
 * What brings a file from each version to the next. Only ever added to: the
 * files of earlier releases begin in the middle.
 */
const MIGRATIONS = [
  `
  CREATE TABLE IF NOT EXISTS accounts (
    key TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    shipped INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    idle_ms INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user, seen_at);
  `,
  "ALTER TABLE accounts ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;",
  // AUTOINCREMENT: a number that an operator noted never names another one.
  `
  CREATE TABLE invites (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash TEXT NOT NULL UNIQUE,
    uses INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE invite_uses (
    invite INTEGER NOT NULL,
    username TEXT NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX invite_uses_by_invite ON invite_uses (invite);
  `,
  // AUTOINCREMENT: peers ask for those above the last number that they know.
  `
  CREATE TABLE revocations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    username TEXT NOT NULL,
    user_since INTEGER NOT NULL,
    before INTEGER NOT NULL,
    UNIQUE (key, user_since)
  ) STRICT;
  `,
];
const SCHEMA_VERSION = MIGRATIONS.length;

/** What SQLite says -> what the operator can do about it. */
const REASONS: [pattern: RegExp, reason: string][] = [
  [/is locked/, "another program keeps it locked"],
  [
    /readonly|read-only/i,
    "it can only be read. Give this user the right to write it",
  ],
  [
    /not a database|malformed|corrupt/,
    "the file is damaged. Restore a copy, or move it away to start afresh",
  ],
  [/disk is full|no space left/i, "the disk is full"],
  [
    /unable to open/,
    "the file can't be opened. Check the folder and its owner",
  ],
];

/**
 * Opens `dir`/weaprous.db, making folder, file and tables where they are
 * missing. Any number of processes may do so at once.
 */
export function openDatabase(dir: string): DatabaseSync {
  const file = join(dir, DATABASE_FILE);
  let database: DatabaseSync | undefined;
  try {
    Deno.mkdirSync(dir, { recursive: true, mode: 0o700 });
    // SQLite gives its -wal and -shm files the mode of the database.
    Deno.openSync(file, { create: true, write: true, mode: 0o600 }).close();
    database = new DatabaseSync(file);
    prepareTables(database);
    return database;
  } catch (cause) {
    database?.close();
    throw new Error(
      `Cannot open the database ${file}: ${databaseReason(cause)}`,
      {
        cause,
      },
    );
  }
}

/**
 * Switches to a write-ahead log. Of two processes that do so at once SQLite
 * turns one away without waiting, whatever its timeout, for fear of a deadlock:
 * so the waiting is done here.
 */
function useWriteAheadLog(database: DatabaseSync): void {
  for (let tries = 1;; tries++) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      const busy = String(error).includes("is locked");
      if (!busy || tries === WAL_TRIES_MAX) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAL_WAIT_MS);
    }
  }
}

function prepareTables(database: DatabaseSync): void {
  database.exec("PRAGMA busy_timeout = 0");
  useWriteAheadLog(database);
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  // FULL: an account that was acknowledged survives a power cut as well.
  database.exec("PRAGMA synchronous = FULL");
  const check = database.prepare("PRAGMA quick_check(1)").get();
  if (check?.["quick_check"] !== "ok") throw new Error("corrupt");
  migrate(database);
}

/** Reads the version under the lock: of two processes one finds it done. */
function migrate(database: DatabaseSync): void {
  database.exec("BEGIN IMMEDIATE");
  const row = database.prepare("PRAGMA user_version").get();
  const version = Number(row?.["user_version"]);
  if (version > SCHEMA_VERSION) {
    throw new Error(
      `it was written by a newer version (${version}, this one knows ${SCHEMA_VERSION})`,
    );
  }
  for (const step of MIGRATIONS.slice(version)) database.exec(step);
  // Writing the version finds a read-only file now and not at the first login.
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}

/** Runs `work` as one step that is done whole or not at all. */
export function transact<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite itself has rolled back after some faults, as of a full disk.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/**
 * Runs `work` without waiting for the disk, which under load takes a tenth of a
 * second and holds up everybody. A power cut may undo it, until the next change
 * that does wait; the end of a process may not.
 */
export function unflushed<T>(database: DatabaseSync, work: () => T): T {
  // The outer transaction decides for all that is in it.
  if (database.isTransaction) return work();
  database.exec("PRAGMA synchronous = NORMAL");
  try {
    return work();
  } finally {
    database.exec("PRAGMA synchronous = FULL");
  }
}

/** What an operator can do about a failure, as the end of a sentence. */
export function databaseReason(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "the command was started without permission for this folder";
  }
  const text = error instanceof Error ? error.message : String(error);
  return REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? text;
}

/** Whether the database failed, and not the code that called it. */
export function isDatabaseFault(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    error.code === "ERR_SQLITE_ERROR";
}
