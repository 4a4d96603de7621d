/** Hashes, their cost, and how many are made at once. @module */
import assert from "node:assert/strict";
import {
  hashesAtOnce,
  Passwords,
  SCRYPT_COST,
} from "../../lib/auth/password.ts";
import { ManualClock } from "../../lib/clock.ts";
import { QueueFullError, WorkQueue } from "../../lib/auth/work_queue.ts";
import { TEST_COST } from "./_auth_app.ts";

Deno.test("Passwords.verify() knows the password that hash() was given", async () => {
  const passwords = new Passwords(TEST_COST);
  const hash = await passwords.hash("mật khẩu  ");
  assert.match(hash, /^\$scrypt\$ln=7,r=8,p=1\$/);
  assert.equal(await passwords.verify("mật khẩu  ", hash), true);
  assert.equal(await passwords.verify("mật khẩu", hash), false);
});

Deno.test("Passwords.hash() salts: one password never gives one hash twice", async () => {
  const passwords = new Passwords(TEST_COST);
  assert.notEqual(await passwords.hash("a"), await passwords.hash("a"));
});

Deno.test("Passwords.verify() says no to a missing or damaged hash", async () => {
  const passwords = new Passwords(TEST_COST);
  const hash = await passwords.hash("a");
  const damaged = [
    undefined,
    "",
    "a",
    hash.slice(0, -1),
    hash.replace("ln=7", "ln="),
  ];
  const answers = await Promise.all(
    damaged.map((stored) => passwords.verify("a", stored)),
  );
  assert.deepEqual(answers, damaged.map(() => false));
});

Deno.test("Passwords takes a hash made at another cost, and finds it outdated", async () => {
  const old = await new Passwords({ logN: 6, r: 8, p: 1 }).hash("a");
  const passwords = new Passwords(TEST_COST);
  assert.equal(await passwords.verify("a", old), true);
  assert.equal(passwords.isOutdated(old), true);
  assert.equal(passwords.isOutdated(await passwords.hash("a")), false);
});

Deno.test("Passwords hashes at the production cost within its memory limit", async () => {
  assert.deepEqual(SCRYPT_COST, { logN: 17, r: 8, p: 1 });
  assert.match(await new Passwords().hash("a"), /^\$scrypt\$ln=17,r=8,p=1\$/);
});

Deno.test("hashesAtOnce() leaves a core to those who do not log in", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 64].map(hashesAtOnce), [1, 1, 2, 3, 4, 4]);
});

const LIMITS = { atOnce: 1, waitingMax: 2, waitMsMax: 30_000 };

Deno.test("WorkQueue lets nobody wait longer than may be, and serves the others", async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue(LIMITS, clock);
  const gate = Promise.withResolvers<void>();
  const started: string[] = [];
  const job = (name: string) => () => {
    started.push(name);
    return gate.promise;
  };
  const first = queue.run(job("first"));
  const early = queue.run(job("early"));
  clock.advance(20_000);
  const late = queue.run(job("late"));
  clock.advance(10_000);
  await assert.rejects(early, QueueFullError);
  gate.resolve();
  await Promise.all([first, late]);
  clock.advance(60_000);
  assert.deepEqual(started, ["first", "late"]);
});

Deno.test("WorkQueue runs a few at once, the rest in order, and refuses more", async () => {
  const queue = new WorkQueue({ ...LIMITS, atOnce: 2 }, new ManualClock());
  const started: number[] = [];
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const jobs = gates.map((gate, index) =>
    queue.run(() => {
      started.push(index);
      return gate.promise;
    })
  );
  await assert.rejects(queue.run(() => Promise.resolve()), QueueFullError);
  assert.deepEqual(started, [0, 1]);
  gates[1]?.resolve();
  await jobs[1];
  assert.deepEqual(started, [0, 1, 2]);
  for (const gate of gates) gate.resolve();
  await Promise.all(jobs);
  assert.deepEqual(started, [0, 1, 2, 3]);
});

Deno.test("WorkQueue goes on after a job that failed", async () => {
  const queue = new WorkQueue(LIMITS, new ManualClock());
  const failing = queue.run(() => Promise.reject(new Error("broken")));
  const next = queue.run(() => Promise.resolve("fine"));
  await assert.rejects(failing, /broken/);
  assert.equal(await next, "fine");
});
