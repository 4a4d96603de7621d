/** The decision behind a login, and the account that makes it possible. @module */
import assert from "node:assert/strict";
import { MemoryAccounts } from "../../lib/auth/accounts.ts";
import {
  ensureDefaultAccount,
  isDefaultAccountOn,
} from "../../lib/auth/default_account.ts";
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

Deno.test("isDefaultAccountOn() tells of the account before it is made", async () => {
  const all = parts();
  assert.equal(await isDefaultAccountOn(all.accounts), true);
  await ensureDefaultAccount(all);
  assert.equal(await isDefaultAccountOn(all.accounts), true);
  all.accounts.setPassword("admin", "another");
  assert.equal(await isDefaultAccountOn(all.accounts), false);
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
  all.passwords.verify = (password, stored, onTurn) => {
    asked.push(password);
    return verify(password, stored, onTurn);
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

Deno.test("Login.begin() lets a person in past the failures of strangers", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  all.accounts.setPassword("admin", await all.passwords.hash("con mèo"));
  const login = new Login({ ...all, ready: Promise.resolve() });
  const mai = { ...ADMIN, username: "Admin", password: "con mèo" };
  const home = { ...mai, address: "2001:db8:1:2::7" };
  const { user, token } = await login.begin(home);
  const session = { id: sessionIdOf(token), user };
  for (let i = 0; i < 60; i++) {
    all.throttle.failed({ account: "admin", address: `198.51.100.${i}` });
  }
  // A fresh process remembers no address: the session itself tells.
  const throttle = new LoginThrottle(all.clock);
  for (let i = 0; i < 60; i++) {
    throttle.failed({ account: "admin", address: `198.51.100.${i}` });
  }
  const again = new Login({ ...all, throttle, ready: Promise.resolve() });
  const elsewhere = { ...mai, address: "192.0.2.9" };
  await assert.rejects(again.begin(elsewhere), { status: 429 });
  const other = { ...elsewhere, session: { ...session, user: "an" } };
  await assert.rejects(again.begin(other), { status: 429 });
  assert.equal((await again.begin({ ...elsewhere, session })).user, "admin");
  const sameNetwork = { ...mai, address: "2001:db8:1:2::8" };
  assert.equal((await again.begin(sameNetwork)).user, "admin");
});

Deno.test("Login.begin() slows a guesser who makes all tries at once, whatever is right", async () => {
  const all = parts();
  await ensureDefaultAccount(all);
  const login = new Login({ ...all, ready: Promise.resolve() });
  const statusOf = async (password: string) => {
    try {
      await login.begin({ ...ADMIN, password });
      return 200;
    } catch (error) {
      return (error as { status?: number }).status;
    }
  };
  const burst = async (passwords: string[]) => {
    const statuses = await Promise.all(passwords.map(statusOf));
    return statuses.filter((status) => status !== 429);
  };
  const wrong = Array.from({ length: 40 }, (_, index) => `wrong ${index}`);
  assert.deepEqual(
    await burst([...wrong, "password"]),
    Array(10).fill(401),
    "ten are free",
  );
  all.clock.advance(60_000);
  assert.deepEqual(
    await burst([...wrong, "password"]),
    [401],
    "then each costs",
  );
  all.clock.advance(60_000);
  assert.equal(await statusOf("password"), 200);
});
