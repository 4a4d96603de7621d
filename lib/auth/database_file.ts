/**
 * Notices that the database's file is no longer the one that was opened: the
 * process would go on with a file that nobody else finds, and take along what it
 * has acknowledged when it ends. Knows the file's name and number, nothing of
 * what is in it.
 * @module
 */
import { join } from "node:path";
import { type Clock, every } from "../clock.ts";
import { DATABASE_FILE } from "./database.ts";

/** One look at the file's entry, of some microseconds. */
const LOOK_EVERY_MS = 1_000;

/**
 * Rejects, with what happened as a sentence, once `dir` has another database
 * than now, or none. It looks until then: a process that stops needs no more.
 */
export function databaseReplaced(dir: string, clock: Clock): Promise<never> {
  const file = join(dir, DATABASE_FILE);
  const opened = numberOf(file);
  return new Promise((_resolve, reject) => {
    const stop = every(clock, LOOK_EVERY_MS, () => {
      if (numberOf(file) === opened) return;
      stop();
      reject(
        new Error(
          `Cannot go on: the database ${file} was removed or replaced while it was open`,
        ),
      );
    });
  });
}

/** Undefined where there is no file, or none that can be looked at. */
function numberOf(file: string): number | null | undefined {
  try {
    return Deno.statSync(file).ino;
  } catch {
    // Whatever it is, the file that was opened is not there any more.
    return undefined;
  }
}
