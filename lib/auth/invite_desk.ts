/**
 * The operator's invitations: makes links and takes them back, each with its
 * line in the audit log.
 * @module
 */
import type { Clock } from "../clock.ts";
import { AccountError } from "./account_desk.ts";
import type { Audit } from "./audit.ts";
import {
  type Invites,
  INVITES_OPEN_MAX,
  inviteTokenHash,
  newInviteToken,
} from "./invites.ts";

export interface InviteDeskParts {
  invites: Pick<Invites, "add" | "revoke">;
  audit: Audit;
  /** Who asks, for the audit log. */
  by: string;
  clock: Clock;
}

/** An invitation that was just made; nobody else ever learns the token. */
export interface MadeInvite {
  number: number;
  token: string;
  expiresAt: number;
}

export class InviteDesk {
  readonly #parts: InviteDeskParts;

  constructor(parts: InviteDeskParts) {
    this.#parts = parts;
  }

  async make(
    { uses, lifeMs }: { uses: number; lifeMs: number },
  ): Promise<MadeInvite> {
    const { invites, audit, by, clock } = this.#parts;
    const token = newInviteToken();
    const tokenHash = inviteTokenHash(token) ?? "";
    const madeAt = clock.now();
    const expiresAt = madeAt + lifeMs;
    const number = await invites.add({ tokenHash, uses, madeAt, expiresAt });
    if (number === undefined) {
      throw new AccountError(
        `Cannot make an invitation: ${INVITES_OPEN_MAX} are open already. Take one back with deno task user revoke NUMBER`,
      );
    }
    audit.record({ event: "invite-made", by, invite: number });
    return { number, token, expiresAt };
  }

  async revoke(number: number): Promise<void> {
    const { invites, audit, by } = this.#parts;
    if (!await invites.revoke(number)) {
      throw new AccountError(`There is no open invitation ${number}`);
    }
    audit.record({ event: "invite-revoked", by, invite: number });
  }
}
