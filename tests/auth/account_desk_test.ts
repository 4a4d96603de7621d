/** What may be done to accounts, and what becomes of their sessions. @module */
import assert from "node:assert/strict";
import { AccountDesk } from "../../lib/auth/account_desk.ts";
import { MemoryAccounts } from "../../lib/auth/accounts.ts";
import { Passwords } from "../../lib/auth/password.ts";
import { MemoryRevocations } from "../../lib/auth/revocations.ts";
import { MemorySessions, sessionIdOf } from "../../lib/auth/sessions.ts";
import { ManualClock } from "../../lib/clock.ts";
import { TEST_COST } from "./_auth_app.ts";

const GOOD = "con mèo ngủ trưa";
const OTHER = "con chó thức khuya";

async function desk() {
  const clock = new ManualClock();
  const accounts = new MemoryAccounts();
  const sessions = new MemorySessions(clock);
  const revocations = new MemoryRevocations(clock);
  const passwords = new Passwords(TEST_COST);
  const lines: string[] = [];
  const desk = new AccountDesk({
    accounts,
    sessions,
    revocations,
    passwords,
    audit: {
      record: ({ event, user, by }) =>
        void lines.push([event, user, by].join(" ")),
    },
    by: "test",
    clock,
  });
  await desk.add("Mai", GOOD);
  await desk.add("an", GOOD);
  const isIn = (token: string) => sessions.isLive(sessionIdOf(token));
  const enter = (user: string) =>
    sessions.begin({ user, address: "::1", browser: "" });
  const revoked = () => {
    const { revocations: all } = revocations.listAfter(0);
    return all.map(({ user, before }) => [user, before > clock.now()]);
  };
  return { desk, clock, accounts, passwords, enter, isIn, revoked, lines };
}

Deno.test("AccountDesk.add() makes an ordinary account with the password as typed", async () => {
  const { accounts, passwords, clock } = await desk();
  const { passwordHash, ...rest } = accounts.find("MAI") ?? {};
  assert.deepEqual(rest, {
    username: "Mai",
    shipped: false,
    disabled: false,
    createdAt: clock.now(),
  });
  assert.equal(await passwords.verify(GOOD, passwordHash), true);
  assert.equal(
    await passwords.verify(GOOD.normalize("NFD"), passwordHash),
    false,
  );
});

Deno.test("AccountDesk.add() refuses a name that is taken in any case, or is none", async () => {
  const { desk: table, accounts } = await desk();
  await assert.rejects(table.add("ＭAI", GOOD), {
    name: "AccountError",
    message: 'There is an account "Mai" already',
  });
  await assert.rejects(table.add("a\nb", GOOD), {
    message: /^Cannot add "a\\nb": a name is 1 to 32 visible characters/,
  });
  assert.equal(accounts.list().length, 2);
});

Deno.test("AccountDesk refuses a password that is guessed first, and changes nothing", async () => {
  const { desk: table, accounts, enter, isIn } = await desk();
  const token = enter("Mai");
  const before = accounts.list();
  const message = /^Cannot use this password: it is among those/;
  await assert.rejects(table.add("binh", "mật khẩu"), { message });
  await assert.rejects(table.setPassword("mai", "password1"), { message });
  assert.deepEqual(accounts.list(), before);
  assert.equal(isIn(token), true);
});

Deno.test("AccountDesk.setPassword() ends the user's sessions and nobody else's", async () => {
  const { desk: table, accounts, passwords, enter, isIn } = await desk();
  const [mine, other] = [enter("Mai"), enter("an")];
  await table.setPassword("mai", OTHER);
  assert.deepEqual([isIn(mine), isIn(other)], [false, true]);
  const hash = accounts.find("mai")?.passwordHash;
  assert.equal(await passwords.verify(OTHER, hash), true);
});

Deno.test("AccountDesk.disable() ends the user's sessions; enable() lets them in again", async () => {
  const { desk: table, accounts, enter, isIn } = await desk();
  const [mine, other] = [enter("Mai"), enter("an")];
  await table.disable("MAI");
  assert.deepEqual([isIn(mine), isIn(other)], [false, true]);
  assert.equal(accounts.find("mai")?.disabled, true);
  await table.enable("mai");
  assert.equal(accounts.find("mai")?.disabled, false);
});

Deno.test("AccountDesk.remove() ends the user's sessions and keeps the last account", async () => {
  const { desk: table, accounts, enter, isIn } = await desk();
  const token = enter("Mai");
  await table.remove("mai");
  assert.equal(isIn(token), false);
  await assert.rejects(table.remove("an"), {
    message:
      'Cannot remove "an": it is the only account. Add another one first',
  });
  assert.deepEqual(
    accounts.list().map(({ username, disabled }) => [
      username,
      disabled,
    ]),
    [["an", false]],
  );
});

Deno.test("AccountDesk revokes the certificates of whom it shuts out, and of who has another password", async () => {
  for (const act of ["disable", "remove", "setPassword"] as const) {
    const { desk: table, revoked } = await desk();
    assert.deepEqual(revoked(), []);
    if (act === "setPassword") await table.setPassword("mai", OTHER);
    else await table[act]("mai");
    assert.deepEqual(revoked(), [["Mai", true]], act);
  }
});

Deno.test("AccountDesk revokes nothing where it changes nothing", async () => {
  const { desk: table, revoked } = await desk();
  await table.remove("an");
  await assert.rejects(table.remove("mai"));
  await assert.rejects(table.setPassword("mai", "short"));
  assert.deepEqual(revoked(), [["an", true]]);
});

Deno.test("AccountDesk records what was done, and nothing that was refused", async () => {
  const { desk: table, lines } = await desk();
  await assert.rejects(table.add("mai", GOOD));
  await assert.rejects(table.setPassword("mai", "short"));
  await table.setPassword("mai", OTHER);
  await table.disable("MAI");
  await table.enable("mai");
  await table.remove("mai");
  await assert.rejects(table.remove("an"));
  await assert.rejects(table.disable("nobody"));
  assert.deepEqual(lines, [
    "account-added Mai test",
    "account-added an test",
    "password-changed Mai test",
    "account-disabled Mai test",
    "account-enabled Mai test",
    "account-removed Mai test",
  ]);
});

Deno.test("AccountDesk names the account that there is not", async () => {
  const { desk: table } = await desk();
  const tries = [
    table.setPassword("\u001bx", GOOD),
    table.disable("\u001bx"),
    table.enable("\u001bx"),
    table.remove("\u001bx"),
  ];
  const message = 'There is no account "\\u001bx"';
  await Promise.all(
    tries.map((attempt) => assert.rejects(attempt, { message })),
  );
});
