/** The audit log: what is in it, what never is, and what its lines hold. @module */
import assert from "node:assert/strict";
import { auditLine, FileAudit } from "../../lib/auth/audit.ts";
import { ManualClock } from "../../lib/clock.ts";
import { authApp, cookiesOf, formLogin, jsonLogin, MAI } from "./_auth_app.ts";

Deno.test("auditLine() is one line of printable text, whatever a name holds", () => {
  const user = 'a"\r\n\u001b[2J\u007f\u009b1m\u2028\u202e\u{e0041}-\ud800';
  const line = auditLine({ event: "login-failed", user, by: "::1" }, 0);
  assert.equal(
    line,
    '{"time":"1970-01-01T00:00:00.000Z","event":"login-failed","user":"a\\"' +
      "\\r\\n\\u001b[2J\\u007f\\u009b1m\\u2028\\u202e\\udb40\\udc41-\\ud800" +
      '","by":"::1"}',
  );
  assert.equal(JSON.parse(line).user, user);
});

Deno.test("auditLine() keeps a bounded part of a name", () => {
  const user = "😀".repeat(10_000);
  const line = auditLine({ event: "login-failed", user, by: "::1" }, 0);
  assert.equal(JSON.parse(line).user, "😀".repeat(64));
});

Deno.test("FileAudit appends to a file that only its owner reads", async () => {
  const dir = await Deno.makeTempDir();
  const clock = new ManualClock(1_000);
  try {
    const [ours, theirs] = [
      new FileAudit(dir, clock),
      new FileAudit(dir, clock),
    ];
    const file = `${dir}/audit.log`;
    ours.record({ event: "login", user: "mai", by: "10.0.0.7" });
    theirs.record({ event: "account-added", user: "an", by: "operator" });
    await Deno.rename(file, `${dir}/audit.log.1`);
    ours.record({ event: "logout", user: "mai", by: "10.0.0.7" });
    assert.equal(
      await Deno.readTextFile(`${dir}/audit.log.1`),
      '{"time":"1970-01-01T00:00:01.000Z","event":"login","user":"mai","by":"10.0.0.7"}\n' +
        '{"time":"1970-01-01T00:00:01.000Z","event":"account-added","user":"an","by":"operator"}\n',
    );
    assert.match(await Deno.readTextFile(file), /^\{.*"logout".*\}\n$/);
    if (Deno.build.os !== "windows") {
      assert.equal(Deno.statSync(file).mode, 0o100600);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("FileAudit keeps a few full files of bounded size, of several writers too", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const clock = new ManualClock();
    const bytesMax = 1_000;
    const writers = [1, 2].map(() => new FileAudit(dir, clock, bytesMax));
    const users: string[] = [];
    for (let i = 0; i < 200; i++) {
      users.push(`user ${i}`);
      writers[i % 2]?.record({ event: "login", user: `user ${i}`, by: "::1" });
    }
    const names = [...Deno.readDirSync(dir)].map(({ name }) => name).sort();
    const old = [1, 2, 3, 4].map((age) => `audit.log.${age}`);
    assert.deepEqual(names.filter((name) => name !== "audit.log"), old);
    const kept = old.toReversed().concat(
      names.includes("audit.log") ? "audit.log" : [],
    )
      .flatMap((name) => {
        const text = Deno.readTextFileSync(`${dir}/${name}`);
        assert.ok(text.length < bytesMax + 200, name);
        if (Deno.build.os !== "windows") {
          assert.equal(Deno.statSync(`${dir}/${name}`).mode, 0o100600);
        }
        return text.trimEnd().split("\n");
      });
    const written = kept.map((line) => JSON.parse(line).user);
    assert.deepEqual(written, users.slice(-written.length));
    assert.ok(written.length > 40);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("FileAudit says at once that it can't write", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const clock = new ManualClock();
    Deno.mkdirSync(`${dir}/audit.log`);
    const message = /^Cannot write .*audit\.log: /;
    assert.throws(() => new FileAudit(dir, clock), { message });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("POST /login and /logout are recorded with name, address and reason, without secrets", async () => {
  const { ask, records } = await authApp();
  const headers = { "x-forwarded-for": "192.168.1.9" };
  const wrong = { username: "MAI\n", password: "con mèo lớn" };
  await ask("/login", jsonLogin(wrong));
  const cookie = cookiesOf(await ask("/login", { ...formLogin(), headers }));
  await ask("/logout", { method: "POST", headers: { ...headers, cookie } });
  await ask("/logout", { method: "POST", headers: { ...headers, cookie } });
  const by = "192.168.1.9";
  assert.deepEqual(records, [
    {
      event: "login-failed",
      user: "MAI\n",
      by: "127.0.0.1",
      reason: "wrong-credentials",
    },
    { event: "login", user: "mai", by },
    { event: "logout", user: "mai", by },
  ]);
});

Deno.test("POST /login that nobody checked leaves no record", async () => {
  const { ask, records } = await authApp();
  const wrong = jsonLogin({ ...MAI, password: "wrong" });
  await Promise.all(Array.from({ length: 10 }, () => ask("/login", wrong)));
  assert.equal((await ask("/login", jsonLogin())).status, 429);
  assert.equal((await ask("/login", jsonLogin({}))).status, 400);
  assert.equal(records.length, 10);
});

Deno.test("POST /login goes on where the record can't be kept, and says so", async () => {
  const { ask, audit, lines } = await authApp();
  audit.record = () => {
    throw new Error("Cannot write data/audit.log: no space left");
  };
  assert.equal((await ask("/login", jsonLogin())).status, 200);
  assert.deepEqual(lines, [
    "backend: Cannot write data/audit.log: no space left",
  ]);
});
