/** The decision behind a login, and the account that makes it possible. @module */
import assert from "node:assert/strict";
import { MemoryAccounts } from "../../lib/auth/accounts.ts";
import { ensureDefaultAccount } from "../../lib/auth/default_account.ts";
import { Login } from "../../lib/auth/login.ts";
import { Passwords } from "../../lib/auth/password.ts";
import { LoginThrottle } from "../../lib/auth/throttle.ts";
import { QueueFullError } from "../../lib/auth/work_queue.ts";
import { ManualClock } from "../../lib/clock.ts";
import { TEST_COST } from "./_auth_app.ts";

const ADMIN = { username: "admin", password: "password", address: "::1" };

function parts() {
  const clock = new ManualClock();
  const accounts = new MemoryAccounts();
  const passwords = new Passwords(TEST_COST);
  return { clock, accounts, passwords, throttle: new LoginThrottle(clock) };
}

Deno.test("Login.check() waits for the first account to be made", async () => {
  const all = parts();
  const ready = Promise.withResolvers<void>();
  const login = new Login({ ...all, ready: ready.promise });
  const early = login.check(ADMIN);
  assert.equal(await ensureDefaultAccount(all), true);
  ready.resolve();
  assert.equal(await early, "admin");
});

Deno.test("ensureDefaultAccount() leaves a database with accounts alone", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  const before = all.accounts.find("admin");
  assert.equal(await ensureDefaultAccount(all), true);
  assert.deepEqual(all.accounts.find("admin"), before);

  const others = parts();
  const account = { passwordHash: "", shipped: false, createdAt: 0 };
  others.accounts.create({ username: "mai", ...account });
  assert.equal(await ensureDefaultAccount(others), false);
  assert.equal(others.accounts.find("admin"), undefined);
});

Deno.test("Login.check() renews a hash that was made at an older cost", async () => {
  const all = parts();
  const old = new Passwords({ logN: 6, r: 8, p: 1 });
  await ensureDefaultAccount({ ...all, passwords: old });
  const login = new Login({ ...all, ready: Promise.resolve() });
  await assert.rejects(login.check({ ...ADMIN, password: "wrong" }), {
    code: "wrong-credentials",
  });
  assert.match(all.accounts.find("admin")?.passwordHash ?? "", /ln=6/);
  await login.check(ADMIN);
  assert.match(all.accounts.find("admin")?.passwordHash ?? "", /ln=7/);
  assert.equal(await login.check(ADMIN), "admin");
});

Deno.test("Login.check() answers 503 with a time to retry when hashing is full", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  all.passwords.verify = () => Promise.reject(new QueueFullError("full"));
  const login = new Login({ ...all, ready: Promise.resolve() });
  await assert.rejects(login.check(ADMIN), {
    status: 503,
    code: "unavailable",
    retryAfterSeconds: 5,
  });
});

Deno.test("Login.check() does the same work for a name that does not exist", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  const asked: (string | undefined)[] = [];
  all.passwords.verify = (_password, stored) => {
    asked.push(stored?.slice(0, 8));
    return Promise.resolve(false);
  };
  const login = new Login({ ...all, ready: Promise.resolve() });
  await assert.rejects(login.check(ADMIN));
  await assert.rejects(login.check({ ...ADMIN, username: "nobody" }));
  assert.deepEqual(asked, ["$scrypt$", undefined]);
});

Deno.test("Login.check() forgets a person's mistakes once they got in", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  const login = new Login({ ...all, ready: Promise.resolve() });
  const mistype = () =>
    Promise.all(
      Array.from({ length: 9 }, () =>
        assert.rejects(login.check({ ...ADMIN, password: "wrong" }), {
          code: "wrong-credentials",
        })),
    );
  await mistype();
  await login.check(ADMIN);
  await mistype();
  assert.equal(await login.check(ADMIN), "admin");
});

Deno.test("LoginThrottle doubles the wait up to a minute and forgets in time", () => {
  const clock = new ManualClock();
  const throttle = new LoginThrottle(clock);
  const attempt = { account: "mai", address: "10.0.0.7" };
  for (let i = 0; i < 9; i++) throttle.failed(attempt);
  assert.equal(throttle.waitMs(attempt), 0);
  const waits = [];
  for (let i = 0; i < 8; i++) {
    throttle.failed(attempt);
    waits.push(throttle.waitMs(attempt) / 1_000);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
  assert.equal(throttle.waitMs({ ...attempt, address: "10.0.0.8" }), 0);
  clock.advance(15 * 60_000);
  throttle.failed(attempt);
  assert.equal(throttle.waitMs(attempt), 0);
});

Deno.test("LoginThrottle remembers a bounded number of strangers", () => {
  const throttle = new LoginThrottle(new ManualClock());
  const first = { account: "mai", address: "first" };
  for (let i = 0; i < 10; i++) throttle.failed(first);
  assert.equal(throttle.waitMs(first), 1_000);
  for (let i = 0; i < 10_000; i++) {
    throttle.failed({ account: "mai", address: `stranger ${i}` });
  }
  assert.equal(throttle.waitMs(first), 0);
});
