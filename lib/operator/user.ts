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
import { Passwords } from "../auth/password.ts";
import { SqliteAccounts } from "../auth/sqlite_accounts.ts";
import { SqliteSessions } from "../auth/sqlite_sessions.ts";
import { systemClock as clock } from "../clock.ts";
import {
  type CommandSpec,
  type Options,
  type Output,
  runCommand,
  UsageError,
} from "../service/command.ts";
import { askPassword, readPassword } from "./password_input.ts";
import { type Action, ACTIONS } from "./user_actions.ts";

const USAGE = "deno task user";
const names = Object.keys(ACTIONS);
const width = Math.max(...names.map((name) => name.length)) + 2;

const SPEC: CommandSpec = {
  usage: USAGE,
  operands: `${names.join("|")} [NAME]`,
  summary: `Makes and changes the accounts that people log in with.\n\n${
    Object.entries(ACTIONS)
      .map(([name, { help }]) => `  ${name.padEnd(width)}${help}`).join("\n")
  }`,
  flags: {
    "data": { value: "DIR", fallback: "data", help: "Folder of the database" },
    "password-stdin": { help: "Read the password from standard input" },
  },
};

function readAction([verb = "", ...rest]: string[]): [Action, string] {
  const action = Object.hasOwn(ACTIONS, verb) ? ACTIONS[verb] : undefined;
  if (action === undefined) {
    throw new UsageError(
      `Say what to do: ${names.join(", ")}. See ${USAGE} --help`,
    );
  }
  if (rest.length !== (action.named ? 1 : 0)) {
    const operands = action.named ? `${verb} NAME` : verb;
    throw new UsageError(
      `Write ${USAGE} ${operands}. A name with blanks goes in quotes`,
    );
  }
  return [action, rest[0] ?? ""];
}

async function main(options: Options, { log }: Output): Promise<void> {
  const [action, name] = readAction(options.words);
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
    const desk = new AccountDesk({
      accounts,
      sessions,
      passwords: new Passwords(),
      audit: new FileAudit(options.text("data"), clock),
      by: "operator",
      clock,
    });
    log(await action.run({ accounts, desk, password }, name));
  } catch (cause) {
    if (!isDatabaseFault(cause)) throw cause;
    const message = `Cannot use the accounts: ${databaseReason(cause)}`;
    throw new Error(message, { cause });
  } finally {
    database.close();
  }
}

if (import.meta.main) await runCommand(SPEC, main);
