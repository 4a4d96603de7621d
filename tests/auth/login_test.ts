/** The decision behind a login, and the account that makes it possible. @module */
import assert from "node:assert/strict";
import { MemoryAccounts } from "../../lib/auth/accounts.ts";
import { ensureDefaultAccount } from "../../lib/auth/default_account.ts";
import { Login } from "../../lib/auth/login.ts";
import { Passwords } from "../../lib/auth/password.ts";
import { MemorySessions, sessionIdOf } from "../../lib/auth/sessions.ts";
import { LoginThrottle } from "../../lib/auth/throttle.ts";
import { QueueFullError } from "../../lib/auth/work_queue.ts";
import { ManualClock } from "../../lib/clock.ts";
import { TEST_COST } from "./_auth_app.ts";

const ADMIN = {
  username: "admin",
  password: "password",
  address: "::1",
  local: true,
  browser: "",
};

function parts() {
  const clock = new ManualClock();
  const accounts = new MemoryAccounts();
  const passwords = new Passwords(TEST_COST);
  const throttle = new LoginThrottle(clock);
  const sessions = new MemorySessions(clock);
  return { clock, accounts, passwords, throttle, sessions };
}

Deno.test("Login.begin() waits for the first account to be made", async () => {
  const all = parts();
  const ready = Promise.withResolvers<void>();
  const login = new Login({ ...all, ready: ready.promise });
  const early = login.begin(ADMIN);
  assert.equal(await ensureDefaultAccount(all), true);
  ready.resolve();
  assert.equal((await early).user, "admin");
});

Deno.test("ensureDefaultAccount() leaves a database with accounts alone", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  const before = all.accounts.find("admin");
  assert.equal(await ensureDefaultAccount(all), true);
  assert.deepEqual(all.accounts.find("admin"), before);

  const others = parts();
  const account = {
    passwordHash: "",
    shipped: false,
    disabled: false,
    createdAt: 0,
  };
  others.accounts.create({ username: "mai", ...account });
  assert.equal(await ensureDefaultAccount(others), false);
  assert.equal(others.accounts.find("admin"), undefined);
});

Deno.test("Login.begin() renews a hash that was made at an older cost", async () => {
  const all = parts();
  const old = new Passwords({ logN: 6, r: 8, p: 1 });
  await ensureDefaultAccount({ ...all, passwords: old });
  const login = new Login({ ...all, ready: Promise.resolve() });
  await assert.rejects(login.begin({ ...ADMIN, password: "wrong" }), {
    code: "wrong-credentials",
  });
  assert.match(all.accounts.find("admin")?.passwordHash ?? "", /ln=6/);
  await login.begin(ADMIN);
  assert.match(all.accounts.find("admin")?.passwordHash ?? "", /ln=7/);
  assert.equal((await login.begin(ADMIN)).user, "admin");
});

Deno.test("Login.begin() answers 503 with a time to retry when hashing is full", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  all.passwords.verify = () => Promise.reject(new QueueFullError("full"));
  const login = new Login({ ...all, ready: Promise.resolve() });
  await assert.rejects(login.begin(ADMIN), {
    status: 503,
    code: "unavailable",
    retryAfterSeconds: 5,
  });
});

Deno.test("Login.begin() does the same work for a name that does not exist", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  const asked: (string | undefined)[] = [];
  all.passwords.verify = (_password, stored) => {
    asked.push(stored?.slice(0, 8));
    return Promise.resolve(false);
  };
  const login = new Login({ ...all, ready: Promise.resolve() });
  await assert.rejects(login.begin(ADMIN));
  await assert.rejects(login.begin({ ...ADMIN, username: "nobody" }));
  assert.deepEqual(asked, ["$scrypt$", undefined]);
});

Deno.test("Login.begin() forgets a person's mistakes once they got in", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  const login = new Login({ ...all, ready: Promise.resolve() });
  const mistype = () =>
    Promise.all(
      Array.from({ length: 9 }, () =>
        assert.rejects(login.begin({ ...ADMIN, password: "wrong" }), {
          code: "wrong-credentials",
        })),
    );
  await mistype();
  await login.begin(ADMIN);
  await mistype();
  assert.equal((await login.begin(ADMIN)).user, "admin");
});

Deno.test("Login.begin() answers a disabled account as it does a wrong password", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  all.accounts.setDisabled("admin", true);
  assert.equal(await ensureDefaultAccount(all), false);
  const login = new Login({ ...all, ready: Promise.resolve() });
  const refusal = {
    status: 401,
    code: "wrong-credentials",
    message: "Username or password is wrong",
  };
  await assert.rejects(login.begin(ADMIN), refusal);
  await assert.rejects(login.begin({ ...ADMIN, password: "no" }), refusal);
  all.accounts.setDisabled("admin", false);
  assert.equal((await login.begin(ADMIN)).user, "admin");
});

Deno.test("Login.begin() leaves no session where the account changes meanwhile", async () => {
  const changes: ((accounts: MemoryAccounts) => unknown)[] = [
    (accounts) => accounts.setDisabled("admin", true),
    (accounts) => accounts.setPassword("admin", "another hash"),
    (accounts) => accounts.removeUnlessLast("admin"),
  ];
  await Promise.all(changes.map(async (change) => {
    const all = parts();
    await ensureDefaultAccount(all);
    const other = { passwordHash: "", shipped: false, createdAt: 0 };
    all.accounts.create({ username: "mai", disabled: false, ...other });
    const verify = all.passwords.verify.bind(all.passwords);
    const tokens: string[] = [];
    all.passwords.verify = async (password, stored) => {
      const matches = await verify(password, stored);
      change(all.accounts);
      return matches;
    };
    const begin = all.sessions.begin.bind(all.sessions);
    all.sessions.begin = (details) => {
      const token = begin(details);
      tokens.push(token);
      return token;
    };
    const login = new Login({ ...all, ready: Promise.resolve() });
    await assert.rejects(login.begin(ADMIN), { code: "wrong-credentials" });
    assert.equal(tokens.length, 1);
    assert.equal(all.sessions.isLive(sessionIdOf(tokens[0] ?? "")), false);
  }));
});

Deno.test("Login.begin() stands where the hash was renewed by another login", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  const another = await all.passwords.hash(ADMIN.password);
  const verify = all.passwords.verify.bind(all.passwords);
  all.passwords.verify = async (password, stored) => {
    const matches = await verify(password, stored);
    all.accounts.setPassword("admin", another);
    return matches;
  };
  const login = new Login({ ...all, ready: Promise.resolve() });
  const { token } = await login.begin(ADMIN);
  assert.equal(all.sessions.isLive(sessionIdOf(token)), true);
});

Deno.test("Login.begin() takes the default account from the machine itself only", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  const asked: string[] = [];
  const verify = all.passwords.verify.bind(all.passwords);
  all.passwords.verify = (password, stored) => {
    asked.push(password);
    return verify(password, stored);
  };
  const login = new Login({ ...all, ready: Promise.resolve() });
  const away = { ...ADMIN, address: "192.168.1.9", local: false };
  await assert.rejects(login.begin(away), {
    status: 401,
    code: "local-account-only",
    message: /works on the server itself only.*deno task user add NAME$/,
  });
  await assert.rejects(login.begin({ ...away, password: "wrong" }), {
    status: 401,
    code: "wrong-credentials",
  });
  assert.deepEqual(asked, ["password", "wrong"], "the same work for both");
  assert.equal((await login.begin(ADMIN)).user, "admin");
});

Deno.test("Login.begin() takes the account from everywhere once its password is another", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  const password = "con mèo ngủ trưa";
  all.accounts.setPassword("admin", await all.passwords.hash(password));
  assert.equal(await ensureDefaultAccount(all), false);
  const login = new Login({ ...all, ready: Promise.resolve() });
  const away = { ...ADMIN, password, local: false };
  assert.equal((await login.begin(away)).user, "admin");
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
