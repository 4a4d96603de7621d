/**
 * Who came in, who was turned away, and what became of accounts: one line of
 * JSON each, in a file that only its owner reads. No password, no cookie, no
 * hash. Each line opens the file anew, so it may be moved away at any time, and
 * several processes may write it. A full file becomes `audit.log.1`, that one
 * `audit.log.2`, and the oldest goes.
 * @module
 */
import { join } from "node:path";
import type { Clock } from "../clock.ts";

const AUDIT_FILE = "audit.log";
/** About a hundred thousand lines; a flood of logins takes half a day for it. */
const FILE_BYTES_MAX = 16 * 1_024 * 1_024;
const OLD_FILES_MAX = 4;
/** A name that nobody has may be anything; this much of it is kept. */
const TEXT_CHARS_MAX = 64;

export type AuditEvent =
  | "login"
  | "login-failed"
  | "logout"
  | "account-added"
  | "password-changed"
  | "account-disabled"
  | "account-enabled"
  | "account-removed"
  | "password-change-failed"
  | "session-ended"
  | "other-sessions-ended"
  | "invite-made"
  | "invite-revoked"
  | "invite-used"
  | "device-certified";

export interface AuditRecord {
  event: AuditEvent;
  /**
   * The account; of a failed login the name as it was typed, and none of an
   * invitation that nobody has used yet.
   */
  user?: string;
  /** Where from; "operator" for a command on the server. */
  by: string;
  /** Why it failed or came about, as a code. */
  reason?: string;
  /** The public key of the device. */
  key?: string;
  /** The number of the invitation. */
  invite?: number;
}

/** Where records go; throws where they can't be kept. */
export interface Audit {
  record(record: AuditRecord): void;
}

/** Appends to `dir`/audit.log. */
export class FileAudit implements Audit {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #fileBytesMax: number;

  /** Throws at once where the file can't be written. */
  constructor(dir: string, clock: Clock, fileBytesMax = FILE_BYTES_MAX) {
    this.#file = join(dir, AUDIT_FILE);
    this.#clock = clock;
    this.#fileBytesMax = fileBytesMax;
    this.#append("");
  }

  record(record: AuditRecord): void {
    this.#append(`${auditLine(record, this.#clock.now())}\n`);
  }

  #append(text: string): void {
    try {
      // In one write, which O_APPEND keeps apart from those of others.
      Deno.writeTextFileSync(this.#file, text, { append: true, mode: 0o600 });
      ignoringMoved(() => this.#rotateFull());
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot write ${this.#file}: ${reason}`, { cause });
    }
  }

  /** One process does it: whoever waited finds another file under the name. */
  #rotateFull(): void {
    if (Deno.statSync(this.#file).size < this.#fileBytesMax) return;
    using full = Deno.openSync(this.#file, { read: true, write: true });
    full.lockSync(true);
    if (Deno.statSync(this.#file).ino !== full.statSync().ino) return;
    const old = (age: number) => `${this.#file}.${age}`;
    for (let age = OLD_FILES_MAX; age > 1; age--) {
      ignoringMoved(() => Deno.renameSync(old(age - 1), old(age)));
    }
    Deno.renameSync(this.#file, old(1));
  }
}

/** Where a file is not there, or somebody has just moved it away, so be it. */
function ignoringMoved(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Notes what a request did. A full disk locks nobody out. */
export function tryRecord(
  { audit, log }: { audit: Audit; log(line: string): void },
  record: AuditRecord,
): void {
  try {
    audit.record(record);
  } catch (error) {
    log(`backend: ${(error as Error).message}`);
  }
}

/** A record as a line: whatever a name holds, it stays one and moves no cursor. */
export function auditLine(record: AuditRecord, nowMs: number): string {
  const time = new Date(nowMs).toISOString();
  const user = record.user === undefined
    ? undefined
    : [...record.user.slice(0, 2 * TEXT_CHARS_MAX)]
      .slice(0, TEXT_CHARS_MAX).join("");
  return JSON.stringify({ time, ...record, user })
    // JSON leaves DEL, the C1 controls and what reorders text as they are.
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
      (character) => Array.from(character.split(""), escapeUnit).join(""),
    );
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
