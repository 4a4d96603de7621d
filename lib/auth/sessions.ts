/**
 * Who is logged in: the store's interface, the rules of a session's life, and
 * the in-memory twin. The cookie's value leaves the server once, at login;
 * what is kept is its SHA-256, so a stolen database opens no session.
 * @module
 */
import { createHash } from "node:crypto";
import { type Clock, every } from "../clock.ts";
import { randomId } from "../random.ts";
import { sessionToken } from "./cookies.ts";

const HOUR_MS = 3_600_000;
/**
 * How long a session lives unused, and how long at all: OWASP ASVS 3.3.2, level
 * 2. Whoever did not ask to be kept signed in may sit at anybody's machine, and
 * an open page uses the session for as long as that runs.
 */
export const SESSION_LIFE = { idleMs: 12 * HOUR_MS, totalMs: 12 * HOUR_MS };
/**
 * The same for who asked to be kept signed in, on a device of their own: used or
 * not, for that is what the box promises.
 */
export const KEPT_SESSION_LIFE = {
  idleMs: 30 * 24 * HOUR_MS,
  totalMs: 30 * 24 * HOUR_MS,
};
/**
 * One that began later than it is now began while the clock was ahead, and
 * would live on for as long as that: it is swept where it is more than this.
 */
export const BEGUN_AHEAD_MS_MAX = 24 * HOUR_MS;
/** A use is written down at most this often: reading stays cheap. */
export const SEEN_EVERY_MS = 60_000;
/** A new session above this ends the user's longest unused one. */
export const SESSIONS_PER_USER_MAX = 1_000;
const SWEEP_EVERY_MS = 600_000;
const BROWSER_CHARS_MAX = 256;

/** What the rest of the server may know of a session. */
export interface Session {
  /** The SHA-256 of the cookie's value: names the session, opens nothing. */
  id: string;
  user: string;
}

/** What a login knows of the one who logs in. */
export interface NewSession {
  user: string;
  address: string;
  /** The User-Agent, for the person's own list of sessions. */
  browser: string;
}

/** What a login asks for. */
export interface SessionWish extends NewSession {
  /** Whether the person wants to stay signed in. */
  keep?: boolean;
}

export interface SessionRecord extends Session, NewSession {
  createdAt: number;
  seenAt: number;
  idleMs: number;
  endsAt: number;
}

/**
 * Live sessions. A store may be shared by several processes: what one ends is
 * ended for all.
 */
export interface Sessions {
  /** Returns the cookie's value; only its hash is kept. */
  begin(wish: SessionWish): Promise<string> | string;
  /** The session of the request's cookie; counts as a use of it. */
  authenticate(
    request: Request,
  ): Promise<Session | undefined> | Session | undefined;
  /** Whether a session goes on, for who holds an open socket; also a use. */
  isLive(id: string): Promise<boolean> | boolean;
  /**
   * The same session under a fresh cookie value, which is returned; the old one
   * opens nothing from then on. Undefined where the session has ended.
   */
  renew(id: string): Promise<string | undefined> | string | undefined;
  /** A user's live sessions, the one used last first. */
  listOf(user: string): Promise<SessionRecord[]> | SessionRecord[];
  end(id: string): Promise<void> | void;
  /** False where that is none of the user's live sessions. */
  endOneOf(user: string, id: string): Promise<boolean> | boolean;
  endAllOf(user: string): Promise<void> | void;
  /** Ends a user's sessions but for one; returns how many. */
  endOthersOf(user: string, keptId: string): Promise<number> | number;
  /** Forgets what has expired, or began in the future; returns how many. */
  sweep(): Promise<number> | number;
}

/** A cookie value that nobody can guess. */
export function newToken(): string {
  return randomId(32);
}

/** The id under which the session of a cookie value is kept. */
export function sessionIdOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** The id that a request's cookie names, whether or not it is known. */
export function claimedSessionId(request: Request): string | undefined {
  const token = sessionToken(request);
  return token === undefined ? undefined : sessionIdOf(token);
}

/** A fresh cookie value and the record to keep of it. */
export function newSession(
  { keep = false, ...details }: SessionWish,
  now: number,
): { token: string; record: SessionRecord } {
  const token = newToken();
  const { idleMs, totalMs } = keep ? KEPT_SESSION_LIFE : SESSION_LIFE;
  const record = {
    ...details,
    browser: details.browser.slice(0, BROWSER_CHARS_MAX),
    id: sessionIdOf(token),
    createdAt: now,
    seenAt: now,
    idleMs,
    endsAt: now + totalMs,
  };
  return { token, record };
}

/** Forgets expired sessions now and then, until the returned function is called. */
export function sweepRegularly(
  sessions: Pick<Sessions, "sweep">,
  { clock, log }: { clock: Clock; log(line: string): void },
): () => void {
  return every(clock, SWEEP_EVERY_MS, async () => {
    try {
      await sessions.sweep();
    } catch (error) {
      // They can't be used in any case: the next round forgets them.
      log(`backend: Cannot sweep sessions: ${(error as Error).message}`);
    }
  });
}

/** Sessions that end with the process; for tests. */
export class MemorySessions implements Sessions {
  readonly #clock: Clock;
  readonly #records = new Map<string, SessionRecord>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(wish: SessionWish): string {
    const { token, record } = newSession(wish, this.#clock.now());
    this.#records.set(record.id, record);
    const others = [...this.#records.values()]
      .filter(({ user, id }) => user === record.user && id !== record.id)
      .sort((a, b) => b.seenAt - a.seenAt);
    for (const { id } of others.slice(SESSIONS_PER_USER_MAX - 1)) this.end(id);
    return token;
  }

  authenticate(request: Request): Session | undefined {
    const id = claimedSessionId(request);
    const record = id === undefined ? undefined : this.#use(id);
    return record && { id: record.id, user: record.user };
  }

  isLive(id: string): boolean {
    return this.#use(id) !== undefined;
  }

  renew(id: string): string | undefined {
    const record = this.#use(id);
    if (record === undefined) return undefined;
    const token = newToken();
    this.end(id);
    this.#records.set(sessionIdOf(token), {
      ...record,
      id: sessionIdOf(token),
    });
    return token;
  }

  listOf(user: string): SessionRecord[] {
    return this.#recordsOf(user).filter((record) => !this.#isExpired(record))
      .sort((a, b) => b.seenAt - a.seenAt).map((record) => ({ ...record }));
  }

  end(id: string): void {
    this.#records.delete(id);
  }

  endOneOf(user: string, id: string): boolean {
    const record = this.#records.get(id);
    if (record?.user !== user || this.#isExpired(record)) return false;
    return this.#records.delete(id);
  }

  endAllOf(user: string): void {
    for (const { id } of this.#recordsOf(user)) this.end(id);
  }

  endOthersOf(user: string, keptId: string): number {
    const others = this.#recordsOf(user).filter(({ id }) => id !== keptId);
    for (const { id } of others) this.end(id);
    return others.length;
  }

  sweep(): number {
    const before = this.#records.size;
    const latest = this.#clock.now() + BEGUN_AHEAD_MS_MAX;
    for (const record of this.#records.values()) {
      const isAhead = record.createdAt > latest;
      if (isAhead || this.#isExpired(record)) this.end(record.id);
    }
    return before - this.#records.size;
  }

  #recordsOf(user: string): SessionRecord[] {
    return [...this.#records.values()].filter((record) => record.user === user);
  }

  #use(id: string): SessionRecord | undefined {
    const record = this.#records.get(id);
    if (record === undefined || this.#isExpired(record)) return undefined;
    record.seenAt = this.#clock.now();
    return record;
  }

  #isExpired({ seenAt, idleMs, endsAt }: SessionRecord): boolean {
    return this.#clock.now() >= Math.min(endsAt, seenAt + idleMs);
  }
}
