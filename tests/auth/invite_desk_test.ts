/** Invitations as the operator makes them. @module */
import assert from "node:assert/strict";
import { MemoryAccounts } from "../../lib/auth/accounts.ts";
import { InviteDesk } from "../../lib/auth/invite_desk.ts";
import { MemoryInvites } from "../../lib/auth/invites.ts";
import type { Clock } from "../../lib/clock.ts";

Deno.test("InviteDesk.make() makes a link that lives exactly as long as was said", async () => {
  // On a busy machine time passes between any two looks at the clock.
  let now = 1_000;
  const clock: Clock = { now: () => now++, after: () => () => {} };
  const invites = new MemoryInvites(new MemoryAccounts(), clock);
  const audit = { record() {} };
  const desk = new InviteDesk({ invites, audit, by: "operator", clock });
  const made = await desk.make({ uses: 1, lifeMs: 86_400_000 });
  const [kept] = invites.list();
  assert.equal(kept?.expiresAt, made.expiresAt);
  assert.equal(made.expiresAt - (kept?.madeAt ?? 0), 86_400_000);
});
