/**
 * How a terminal comes by a session: the one it kept, a password from the
 * environment, or one that is typed unseen.
 * @module
 */
import { join } from "node:path";
import { HiddenLines, type PasswordSource } from "../service/hidden_lines.ts";
import { isUserName } from "../wire/names.ts";
import { EXIT, PeerFailure } from "./failure.ts";
import { findServer, isAlive, logIn, Session } from "./session.ts";
import {
  makeDir,
  type Places,
  readIfThere,
  serverDir,
  stateDir,
  userDir,
  writePrivate,
} from "./state_files.ts";

export const PASSWORD_VARIABLE = "WEAPROUS_PASSWORD";
const SESSION_FILE = "session.json";
const ATTEMPTS_MAX = 3;

export interface SignInParts {
  origin: string;
  /** Undefined: the one whose session was kept, or whoever says so now. */
  user: string | undefined;
  places: Places;
  source: PasswordSource;
  askName(): string | null;
  /** The session has ended, and another was begun in its place. */
  renewed(): void;
}

export interface SignedIn {
  session: Session;
  /** Where this user's devices are kept. */
  dir: string;
}

export async function signIn(parts: SignInParts): Promise<SignedIn> {
  const { origin, places } = parts;
  const base = stateDir(places);
  const user = parts.user ?? keptUser(serverDir(base, origin)) ?? named(parts);
  const dir = userDir(base, origin, user);
  const kept = keptSession(dir, origin, user);
  const isKept = kept !== undefined && await isAlive(kept);
  const session = isKept ? kept : await freshSession(user, parts);
  if (!isKept) keepSession(dir, session);
  const password = places.get(PASSWORD_VARIABLE);
  if (password !== undefined) {
    session.renewBy(async () => {
      const renewed = await logIn(origin, { user, password });
      keepSession(dir, renewed);
      parts.renewed();
      return renewed;
    });
  }
  return { session, dir };
}

function keepSession(dir: string, { user, cookie }: Session): void {
  makeDir(dir);
  writePrivate(
    join(dir, SESSION_FILE),
    `${JSON.stringify({ user, cookie })}\n`,
  );
}

async function freshSession(
  user: string,
  { origin, places, source }: SignInParts,
): Promise<Session> {
  const password = places.get(PASSWORD_VARIABLE);
  if (password !== undefined) return await logIn(origin, { user, password });
  if (!source.input.isTerminal()) {
    throw new PeerFailure(
      `Cannot log in as ${user}: there is no terminal to ask for the password. Set ${PASSWORD_VARIABLE}, or log in once with deno task peer`,
      EXIT.login,
    );
  }
  await findServer(origin);
  for (let attempt = 1;; attempt++) {
    const password = await typedPassword(user, source);
    try {
      return await logIn(origin, { user, password });
    } catch (error) {
      const isLast = attempt === ATTEMPTS_MAX;
      const isWrong = error instanceof PeerFailure && error.isWrongPassword;
      if (isLast || !isWrong) throw error;
      source.write(`${error.message}. Try again\r\n`);
    }
  }
}

async function typedPassword(
  user: string,
  source: PasswordSource,
): Promise<string> {
  source.input.setRaw(true);
  try {
    return await new HiddenLines(source).next(`Password for ${user}: `);
  } catch (cause) {
    throw new PeerFailure("Cancelled", EXIT.login, { cause });
  } finally {
    source.input.setRaw(false);
  }
}

function named({ source, askName }: SignInParts): string {
  if (!source.input.isTerminal()) {
    throw new PeerFailure("Say who you are with --user NAME", EXIT.usage);
  }
  const name = askName()?.trim() ?? "";
  if (isUserName(name)) return name;
  throw new PeerFailure(`Cannot log in as "${name}"`, EXIT.usage);
}

/** The one user who logged in to this server from here. */
function keptUser(dir: string): string | undefined {
  try {
    const names = [...Deno.readDirSync(dir)].map(({ name }) => name)
      .filter((name) => readIfThere(join(dir, name, SESSION_FILE)));
    const [only] = names;
    if (only === undefined || names.length > 1) return undefined;
    return decodeURIComponent(only.slice(1));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function keptSession(
  dir: string,
  origin: string,
  user: string,
): Session | undefined {
  const text = readIfThere(join(dir, SESSION_FILE));
  if (text === undefined) return undefined;
  try {
    const { cookie, user: kept }: Record<string, unknown> = JSON.parse(text);
    if (typeof cookie !== "string" || !isUserName(kept)) return undefined;
    // Control characters would be another header.
    if (!/^[\w=-]+$/.test(cookie)) return undefined;
    return kept === user ? new Session({ origin, user, cookie }) : undefined;
  } catch {
    return undefined;
  }
}
