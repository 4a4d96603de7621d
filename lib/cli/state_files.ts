/**
 * Where a terminal keeps what is its own between two starts: sessions, device
 * keys, histories. A folder for each server and user, for its owner alone.
 * @module
 */
import { join } from "node:path";

/** A person runs fewer peers of one user on one machine. */
export const SLOTS_MAX = 64;

/** The variables that say where it is; the task has no others. */
export interface Places {
  get(name: string): string | undefined;
}

/** XDG's place for state; on Windows, the one for local data. */
export function stateDir(places: Places): string {
  const home = places.get("HOME") ?? places.get("USERPROFILE");
  const base = places.get("XDG_STATE_HOME") ?? places.get("LOCALAPPDATA") ??
    (home === undefined ? undefined : join(home, ".local", "state"));
  if (!base) {
    throw new Error(
      "Cannot keep anything: HOME is not set. Set XDG_STATE_HOME to a folder",
    );
  }
  return join(base, "weaprous");
}

/** The folder of a server; a name of any script is a safe one. */
export function serverDir(base: string, origin: string): string {
  return join(base, encodeURIComponent(new URL(origin).host));
}

export function userDir(base: string, origin: string, user: string): string {
  // The sign keeps `..` from leading elsewhere.
  return join(serverDir(base, origin), `@${encodeURIComponent(user)}`);
}

/** Of whom the user has met, whichever of the devices here that was. */
export function peoplePath(dir: string): string {
  return join(dir, "people.db");
}

export function makeDir(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** All of it or nothing, readable by its owner alone. */
export function writePrivate(path: string, text: string): void {
  const draft = `${path}.${crypto.randomUUID()}`;
  Deno.writeTextFileSync(draft, text, { mode: 0o600, createNew: true });
  Deno.renameSync(draft, path);
}

/** Undefined where there is no such file. */
export function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** One of a user's devices on this machine, while the process holds it. */
export interface Slot extends Disposable {
  devicePath: string;
  historyPath: string;
  filesPath: string;
  /** Of what tail has printed. */
  printedPath: string;
}

/**
 * The lowest slot that no other process has: two terminals are two devices, and
 * a log has one writer. The system lets go of it when the process ends, however
 * it does.
 */
export function takeSlot(dir: string): Slot {
  makeDir(dir);
  for (let slot = 0; slot < SLOTS_MAX; slot++) {
    const options = { create: true, write: true, mode: 0o600 };
    const lock = Deno.openSync(join(dir, `${slot}.lock`), options);
    if (lock.tryLockSync(true)) {
      return {
        devicePath: join(dir, `${slot}.device.json`),
        historyPath: join(dir, `${slot}.history.db`),
        filesPath: join(dir, `${slot}.files.db`),
        printedPath: join(dir, `${slot}.printed.db`),
        [Symbol.dispose]: () => lock.close(),
      };
    }
    lock.close();
  }
  throw new Error(
    `Cannot start: ${SLOTS_MAX} peers of this user run on this machine`,
  );
}
