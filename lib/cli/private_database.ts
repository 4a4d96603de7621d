/**
 * SQLite files of a terminal: for their owner alone, and of a version that this
 * program knows. What must be seen and written together is one step.
 * @module
 */
import { DatabaseSync } from "node:sqlite";

/** SQLite waits inside the call, so this is also the longest stall. */
const BUSY_TIMEOUT_MS = 2_000;

export interface Schema {
  version: number;
  /** Makes the tables of an empty file. */
  sql: string;
  /** Settings that an empty file takes only before its first table. */
  first?: string;
}

/** Makes the file where there is none; throws with its path where it can't. */
export function openPrivateDatabase(
  path: string,
  { version, sql, first = "" }: Schema,
): DatabaseSync {
  // SQLite itself would let the group and others read it.
  Deno.openSync(path, { create: true, write: true, mode: 0o600 }).close();
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; ${first}`);
    inOneStep(database, () => {
      const row = database.prepare("PRAGMA user_version").get();
      const found = row?.["user_version"];
      if (found === 0) {
        database.exec(`${sql}; PRAGMA user_version = ${version}`);
      } else if (found !== version) {
        throw new RangeError(
          `Cannot use ${path}: it has version ${found}, this program knows ${version}`,
        );
      }
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** All of what `run` writes, or nothing; nobody else writes meanwhile. */
export function inOneStep(database: DatabaseSync, run: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    run();
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
