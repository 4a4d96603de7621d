/**
 * `deno task user`: the operator's accounts, at the database itself and so
 * whether or not the backend runs.
 * @module
 */
import { AccountDesk } from "../auth/account_desk.ts";
import { FileAudit } from "../auth/audit.ts";
import {
  databaseReason,
  isDatabaseFault,
  openDatabase,
} from "../auth/database.ts";
import { INVITE_USES_MAX } from "../auth/invites.ts";
import { InviteDesk } from "../auth/invite_desk.ts";
import { Passwords } from "../auth/password.ts";
import { SqliteAccounts } from "../auth/sqlite_accounts.ts";
import { SqliteInvites } from "../auth/sqlite_invites.ts";
import { SqliteRevocations } from "../auth/sqlite_revocations.ts";
import { SqliteSessions } from "../auth/sqlite_sessions.ts";
import { systemClock as clock } from "../clock.ts";
import {
  type CommandSpec,
  type Options,
  type Output,
  runCommand,
  UsageError,
} from "../service/command.ts";
import { DEFAULT_LIFE, DEFAULT_URL, DEFAULT_USES } from "./invite_actions.ts";
import { askPassword, readPassword } from "./password_input.ts";
import { type Action, ACTIONS } from "./user_actions.ts";

const USAGE = "deno task user";
const names = Object.keys(ACTIONS);
const width = Math.max(...names.map((name) => name.length)) + 2;

const SPEC: CommandSpec = {
  usage: USAGE,
  operands: "ACTION [NAME|NUMBER]",
  summary: `Makes and changes the accounts that people log in with.\n\n${
    Object.entries(ACTIONS)
      .map(([name, { help }]) => `  ${name.padEnd(width)}${help}`).join("\n")
  }`,
  flags: {
    "data": { value: "DIR", fallback: "data", help: "Folder of the database" },
    "password-stdin": { help: "Read the password from standard input" },
    "uses": {
      value: "N",
      help:
        `invite: accounts that the link makes, up to ${INVITE_USES_MAX} (default ${DEFAULT_USES})`,
    },
    "expires": {
      value: "TIME",
      help:
        `invite: how long it works, like 30m, 12h or 90d (default ${DEFAULT_LIFE})`,
    },
    "url": {
      value: "URL",
      help: `invite: where people open the chat (default ${DEFAULT_URL})`,
    },
  },
};

/** Flags that mean something to one action only. */
const OF_ONE_ACTION = Object.values(ACTIONS)
  .flatMap(({ flags = [] }) => flags);

function readAction(options: Options): [Action, string] {
  const [verb = "", ...rest] = options.words;
  const action = Object.hasOwn(ACTIONS, verb) ? ACTIONS[verb] : undefined;
  if (action === undefined) {
    throw new UsageError(
      `Say what to do: ${names.join(", ")}. See ${USAGE} --help`,
    );
  }
  const { operand, flags = [] } = action;
  if (rest.length !== (operand === undefined ? 0 : 1)) {
    const hint = operand === "NAME"
      ? ". A name with blanks goes in quotes"
      : "";
    throw new UsageError(
      `Write ${[USAGE, verb, operand ?? []].flat().join(" ")}${hint}`,
    );
  }
  const stray = OF_ONE_ACTION
    .find((flag) => options.given(flag) && !flags.includes(flag));
  if (stray === undefined) return [action, rest[0] ?? ""];
  throw new UsageError(`--${stray} does not go with ${verb}`);
}

async function main(options: Options, { log }: Output): Promise<void> {
  const [action, name] = readAction(options);
  const encoder = new TextEncoder();
  const source = {
    input: Deno.stdin,
    write: (text: string) => void Deno.stderr.writeSync(encoder.encode(text)),
  };
  const password = (name: string) =>
    options.given("password-stdin")
      ? readPassword(source)
      : askPassword(name, source);
  const database = openDatabase(options.text("data"));
  try {
    const accounts = new SqliteAccounts(database);
    const sessions = new SqliteSessions(database, clock);
    const invites = new SqliteInvites(database, clock);
    const revocations = new SqliteRevocations(database, clock);
    const audit = new FileAudit(options.text("data"), clock);
    const common = { audit, by: "operator", clock };
    const passwords = new Passwords();
    const desk = new AccountDesk({
      ...{ accounts, sessions, revocations, passwords, ...common },
    });
    const invitations = new InviteDesk({ invites, ...common });
    const parts = { accounts, desk, invites, invitations, password };
    log(await action.run({ ...parts, options, clock }, name));
  } catch (cause) {
    if (!isDatabaseFault(cause)) throw cause;
    const message = `Cannot use the accounts: ${databaseReason(cause)}`;
    throw new Error(message, { cause });
  } finally {
    database.close();
  }
}

if (import.meta.main) await runCommand(SPEC, main);
