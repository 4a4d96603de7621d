/**
 * A user's session with a server, as a terminal has it: logged in by name and
 * password, and then carried by the cookie. What goes wrong is told in a
 * sentence.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Socket } from "../mesh/tracker_client.ts";
import { type Fetch, leadsElsewhere } from "../mesh/tracker_http.ts";
import { isUserName } from "../wire/names.ts";
import { decodeHttpError } from "../wire/tracker_api.ts";
import { EXIT, PeerFailure } from "./failure.ts";

export const DEFAULT_ORIGIN = "http://127.0.0.1:8081";
const COOKIE = /^((?:__Host-)?session=[A-Za-z0-9_-]{43})(?:;|$)/;
const GOODBYE_MS = 1_000;
/** How the account page names it. */
const BROWSER = "WeApRous peer (terminal)";

/** Deno's takes headers; the types are those of browsers. */
const HeaderedWebSocket = WebSocket as unknown as new (
  url: URL,
  options: { headers: Record<string, string> },
) => WebSocket;

export interface SessionParts {
  origin: string;
  user: string;
  cookie: string;
}

export class Session {
  readonly origin: string;
  readonly user: string;
  readonly #closing = new Set<Promise<void>>();
  #cookie: string;
  #logInAgain: (() => Promise<Session>) | undefined;
  #renewed: Promise<void> | undefined;

  constructor({ origin, user, cookie }: SessionParts) {
    this.origin = origin;
    this.user = user;
    this.#cookie = cookie;
  }

  get cookie(): string {
    return this.#cookie;
  }

  /** How another session is begun when this one has ended; else none is. */
  renewBy(logInAgain: () => Promise<Session>): void {
    this.#logInAgain = logInAgain;
  }

  readonly fetch: Fetch = async (path, init = {}) => {
    const cookie = this.#cookie;
    const response = await this.#fetchOnce(path, init);
    if (response.status !== 401 || this.#logInAgain === undefined) {
      return response;
    }
    try {
      if (cookie === this.#cookie) await this.#renew(this.#logInAgain);
    } catch (error) {
      // Nobody will let us in: what the server said stands.
      if (error instanceof PeerFailure && error.isRefusal) return response;
      await response.body?.cancel();
      throw error;
    }
    await response.body?.cancel();
    return await this.#fetchOnce(path, init);
  };

  #fetchOnce(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("cookie", this.#cookie);
    headers.set("user-agent", BROWSER);
    return fetch(new URL(path, this.origin), {
      ...init,
      headers,
      redirect: "manual",
    });
  }

  /** Once for all requests that find the session ended. */
  #renew(logInAgain: () => Promise<Session>): Promise<void> {
    this.#renewed ??= logInAgain().then(({ cookie }) => {
      this.#cookie = cookie;
    }).finally(() => this.#renewed = undefined);
    return this.#renewed;
  }

  openSocket(): Socket {
    const url = new URL("/tracker/socket", this.origin);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const headers = { cookie: this.#cookie };
    const socket = new HeaderedWebSocket(url, { headers });
    const closed = new Promise<void>((resolve) =>
      socket.addEventListener("close", () => {
        this.#closing.delete(closed);
        resolve();
      })
    );
    this.#closing.add(closed);
    return socket;
  }

  /** Waits until goodbyes have been heard, but not for long. */
  async drained(clock: Clock): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = clock.after(GOODBYE_MS, () => late.resolve());
    await Promise.race([Promise.all(this.#closing), late.promise]);
    cancel();
  }
}

/** `typed` as an origin; UsageError's words are the caller's. */
export function readOrigin(typed: string): string {
  const url = URL.parse(typed);
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) &&
    url.username === "" && url.password === "";
  if (isOrigin) return url.origin;
  throw new PeerFailure(
    `Cannot use "${typed}" as the server's address: write it like ${DEFAULT_ORIGIN}`,
    EXIT.usage,
  );
}

/** A session begun with a password. */
export async function logIn(
  origin: string,
  { user, password }: { user: string; password: string },
): Promise<Session> {
  const body = JSON.stringify({ username: user, password, keep: true });
  const type = "application/json";
  const response = await ask(origin, "/login", {
    method: "POST",
    headers: { "content-type": type, "accept": type, "user-agent": BROWSER },
    body,
  });
  const text = await response.text();
  if (!response.ok) throw refusal(response, { origin, text });
  const cookie = response.headers.getSetCookie()
    .flatMap((line) => COOKIE.exec(line)?.[1] ?? []).at(0);
  const known = userIn(text);
  if (cookie === undefined || known === undefined) {
    throw new PeerFailure(
      `Cannot log in at ${origin}: what answers there is no WeApRous server`,
      EXIT.login,
    );
  }
  return new Session({ origin, user: known, cookie });
}

/** Throws where no server takes passwords, so that none is typed in vain. */
export async function findServer(origin: string): Promise<void> {
  const headers = { accept: "application/json" };
  const response = await ask(origin, "/me", { headers });
  const text = await response.text();
  // Nobody is logged in yet, and it says so.
  if (response.status === 401 || response.ok) return;
  throw refusal(response, { origin, text });
}

/** Whether the server still knows the session, for the same user. */
export async function isAlive(session: Session): Promise<boolean> {
  const response = await ask(session.origin, "/me", {
    headers: { cookie: session.cookie, accept: "application/json" },
  });
  const text = await response.text();
  if (response.status === 401) return false;
  if (!response.ok) throw refusal(response, { origin: session.origin, text });
  return userIn(text) === session.user;
}

/** The answer, or a sentence where none comes. */
async function ask(
  origin: string,
  path: string,
  init: RequestInit,
): Promise<Response> {
  try {
    return await fetch(new URL(path, origin), { ...init, redirect: "manual" });
  } catch (cause) {
    const reasons = reasonsOf(cause);
    const why = WHY_UNREACHED.find(([sign]) => sign.test(reasons))?.[1] ??
      `it does not answer. ${ANOTHER}`;
    const message = `Cannot reach ${origin}: ${why}`;
    throw new PeerFailure(message, EXIT.login, { cause });
  }
}

const ANOTHER = "Start the server, or give its address: deno task peer URL";

/** By what Deno says of a connection that failed: why, and what helps. */
const WHY_UNREACHED: [sign: RegExp, why: string][] = [
  [/refused/i, `nobody listens there. ${ANOTHER}`],
  [
    /corrupt message/i,
    "no https is spoken there. Give the address with http://, or of another port: deno task peer URL",
  ],
  [
    /certificate not valid for name/i,
    "its certificate is for another name. Give the address by that name: deno task peer URL",
  ],
  [
    /certificate (expired|not valid yet)/i,
    "its certificate has run out, or holds only later. Whoever runs the server makes another: deno task cert",
  ],
  [
    /certificate/i,
    "its certificate is not trusted here. Set DENO_CERT to the authority's file, ca.pem",
  ],
];

/** What went wrong, and what that came from. */
function reasonsOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  return `${error.message} ${reasonsOf(error.cause)}`;
}

function refusal(
  response: Response,
  { origin, text }: { origin: string; text: string },
): PeerFailure {
  const there = movedTo(response, origin);
  if (there !== undefined) {
    return new PeerFailure(
      `Cannot log in at ${origin}: it is reached at ${there} now. Give that address: deno task peer ${there}`,
      EXIT.login,
    );
  }
  const error = response.status < 500 ? decodeHttpError(text) : undefined;
  const said = error === undefined
    ? `${origin} answers ${response.status}: the server behind it does not work`
    : SENTENCES[error.code] ?? error.message;
  const isWrongPassword = error?.code === "wrong-credentials";
  const isRefusal = response.status === 401 || response.status === 403;
  const options = { isWrongPassword, isRefusal };
  return new PeerFailure(`Cannot log in: ${said}`, EXIT.login, options);
}

/** Where a redirect leads, if that is another server's address. */
function movedTo(
  { status, headers }: Response,
  origin: string,
): string | undefined {
  if (!leadsElsewhere(status)) return undefined;
  const url = URL.parse(headers.get("location") ?? "", origin);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  return url.origin === origin ? undefined : url.origin;
}

const SENTENCES: Partial<Record<string, string>> = {
  "wrong-credentials": "the user name or the password is wrong",
};

function userIn(text: string): string | undefined {
  try {
    const { username }: { username?: unknown } = JSON.parse(text) ?? {};
    return isUserName(username) ? username : undefined;
  } catch {
    return undefined;
  }
}
