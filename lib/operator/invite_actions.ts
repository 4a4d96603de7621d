/**
 * The actions of `deno task user` that are about invitations, each one function
 * that answers with the text to print.
 * @module
 */
import {
  type Invite,
  INVITE_LIFE_MS,
  INVITE_USES_MAX,
  isOpenInvite,
} from "../auth/invites.ts";
import { type Options, UsageError } from "../service/command.ts";
import { readDuration } from "./duration.ts";
import type { Action } from "./user_actions.ts";

/** Where `deno task start` can be reached without more ado. */
export const DEFAULT_URL = "http://127.0.0.1:8081";
export const DEFAULT_USES = "1";
export const DEFAULT_LIFE = "7d";

export const INVITE_ACTIONS: Record<string, Action> = {
  invite: {
    help: "Print a link with which somebody makes an account",
    flags: ["uses", "expires", "url"],
    async run({ invitations, options }) {
      const { uses, lifeMs, origin } = readInvite(options);
      const { token, expiresAt } = await invitations.make({ uses, lifeMs });
      const people = uses === 1 ? "one person" : `up to ${uses} people`;
      const advice = options.given("url")
        ? ""
        : " It leads to this machine: for people elsewhere add --url http://ADDRESS:8081.";
      return `${origin}/join.html?invite=${token}\n` +
        `Send this link to ${people}: whoever opens it makes an account, until ${
          minute(expiresAt)
        }.${advice}`;
    },
  },
  invites: {
    help: "Show all invitations, and who used them",
    async run({ invites, clock }) {
      const all = await invites.list();
      if (all.length === 0) return "There is no invitation yet.";
      return all.map((invite) => row(invite, clock.now())).join("\n");
    },
  },
  revoke: {
    help: "Take an invitation back, by its number in that list",
    operand: "NUMBER",
    async run({ invitations }, typed) {
      // Nine digits at most, or it would be rounded to another number.
      if (!/^\d{1,9}$/.test(typed)) {
        const quoted = JSON.stringify(typed.slice(0, 64));
        throw new UsageError(
          `Cannot use ${quoted}: give an invitation's number. See deno task user invites`,
        );
      }
      await invitations.revoke(Number(typed));
      return `Invitation ${Number(typed)} no longer works.`;
    },
  },
};

interface WantedInvite {
  uses: number;
  lifeMs: number;
  origin: string;
}

function readInvite(options: Options): WantedInvite {
  const text = options.given("expires")
    ? options.text("expires")
    : DEFAULT_LIFE;
  const range = INVITE_LIFE_MS;
  return {
    uses: options.given("uses")
      ? options.integer("uses", [1, INVITE_USES_MAX])
      : Number(DEFAULT_USES),
    lifeMs: readDuration("expires", { text, range }),
    origin: options.given("url")
      ? readOrigin(options.text("url"))
      : DEFAULT_URL,
  };
}

/** A front door: no path, because the pages know of none before theirs. */
function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isDoor = url !== undefined && /^https?:$/.test(url.protocol) &&
    `${url.origin}/` === url.href;
  if (isDoor) return url.origin;
  throw new UsageError(
    `Cannot use --url ${
      JSON.stringify(text.slice(0, 200))
    }: give an address like https://chat.example`,
  );
}

/** The names last: they may be many, and hold blanks. */
function row(invite: Invite, now: number): string {
  const { number, uses, joined, madeAt, expiresAt } = invite;
  const used = `${joined.length} of ${uses} used`;
  const end = `${expiresAt > now ? "until" : "ended"} ${minute(expiresAt)}`;
  const names = joined.length === 0 ? "" : `  ${joined.join(", ")}`;
  return `${String(number).padStart(4)}  ${state(invite, now).padEnd(8)}  ` +
    `${used}  made ${minute(madeAt)}  ${end}${names}`;
}

function state(invite: Invite, now: number): string {
  if (isOpenInvite(invite, now)) return "open";
  if (invite.revoked) return "revoked";
  return invite.joined.length >= invite.uses ? "used up" : "expired";
}

function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
