/**
 * The actions of `deno task user`, each one function that answers with the
 * sentence to print.
 * @module
 */
import type { AccountDesk } from "../auth/account_desk.ts";
import type { Account, Accounts } from "../auth/accounts.ts";
import type { InviteDesk } from "../auth/invite_desk.ts";
import type { Invites } from "../auth/invites.ts";
import type { Clock } from "../clock.ts";
import type { Options } from "../service/command.ts";
import { INVITE_ACTIONS } from "./invite_actions.ts";

export interface ActionParts {
  accounts: Accounts;
  desk: AccountDesk;
  invites: Invites;
  invitations: InviteDesk;
  options: Options;
  clock: Clock;
  /** A new password for the account of this name. */
  password(name: string): Promise<string>;
}

export interface Action {
  help: string;
  /** What is typed after it, where it is about one of many. */
  operand?: "NAME" | "NUMBER";
  /** The flags that go with it alone. */
  flags?: string[];
  run(parts: ActionParts, operand: string): Promise<string>;
}

export const ACTIONS: Record<string, Action> = {
  add: {
    help: "Make an account; asks for its password",
    operand: "NAME",
    async run({ accounts, desk, password }, typed) {
      const free = await desk.freeName(typed);
      const name = await desk.add(free, await password(free));
      return `Added ${name}.${shippedHint(await accounts.list())}`;
    },
  },
  list: {
    help: "Show all accounts",
    async run({ accounts }) {
      const all = await accounts.list();
      if (all.length === 0) return "There is no account yet.";
      return all.map(row).join("\n");
    },
  },
  passwd: {
    help: "Give an account another password and end its sessions",
    operand: "NAME",
    async run({ desk, password }, typed) {
      const { username } = await desk.existing(typed);
      await desk.setPassword(username, await password(username));
      return `${username} has a new password. Whoever was logged in as ${username} has to log in again.`;
    },
  },
  disable: {
    help: "Keep an account, let nobody in with it, and end its sessions",
    operand: "NAME",
    async run({ desk }, typed) {
      const { username } = await desk.existing(typed);
      await desk.disable(username);
      return `${username} can no longer log in, and is logged out everywhere.`;
    },
  },
  enable: {
    help: "Let an account that was disabled in again",
    operand: "NAME",
    async run({ desk }, typed) {
      const { username } = await desk.existing(typed);
      await desk.enable(username);
      return `${username} can log in.`;
    },
  },
  remove: {
    help: "Remove an account and end its sessions",
    operand: "NAME",
    async run({ desk }, typed) {
      const { username } = await desk.existing(typed);
      await desk.remove(username);
      return `Removed ${username}, who is logged out everywhere.`;
    },
  },
  ...INVITE_ACTIONS,
};

function shippedHint(accounts: Account[]): string {
  const shipped = accounts.find(({ shipped }) => shipped)?.username;
  return shipped === undefined
    ? ""
    : ` The default account is still there: deno task user remove ${shipped}`;
}

/** The name last: it may hold blanks, and be of any width. */
function row({ username, shipped, disabled, createdAt }: Account): string {
  const state = disabled ? "disabled" : shipped ? "default" : "active";
  const day = new Date(createdAt).toISOString().slice(0, 10);
  return `${state.padEnd(8)}  since ${day}  ${username}`;
}
