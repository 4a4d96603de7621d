/**
 * When a backend is left alone, and when it is tried again.
 * @module
 */
import assert from "node:assert/strict";
import { Health } from "../../lib/proxy/health.ts";

const RULES = { maxFails: 3, failTimeoutMs: 10_000 };

Deno.test("Health goes down at maxFails failures within failTimeout", () => {
  const health = new Health(RULES);
  assert.equal(health.failed(1000), false);
  assert.equal(health.failed(2000), false);
  assert.equal(health.isDown(2000), false);
  assert.equal(health.failed(3000), true);
  assert.equal(health.isDown(3000), true);
});

Deno.test("Health forgets failures older than failTimeout", () => {
  const health = new Health(RULES);
  health.failed(1000);
  health.failed(2000);
  assert.equal(health.failed(11_500), false);
  assert.equal(health.isDown(11_500), false);
});

Deno.test("Health forgets failures at a success", () => {
  const health = new Health(RULES);
  health.failed(1000);
  health.failed(1001);
  health.succeeded();
  assert.equal(health.failed(1002), false);
});

Deno.test("Health comes back by itself, on trial", () => {
  const health = new Health(RULES);
  for (const now of [1000, 1001, 1002]) health.failed(now);
  assert.equal(health.isDown(11_001), true);
  assert.equal(health.isDown(11_002), false);
  assert.equal(health.failed(11_100), true);
  assert.equal(health.isDown(21_000), true);
});

Deno.test("Health is well again after a success on trial", () => {
  const health = new Health(RULES);
  for (const now of [1000, 1001, 1002]) health.failed(now);
  health.succeeded();
  assert.equal(health.isDown(1003), false);
  assert.equal(health.failed(11_100), false);
});

Deno.test("Health with maxFails 0 never goes down", () => {
  const health = new Health({ maxFails: 0, failTimeoutMs: 1000 });
  for (let now = 0; now < 100; now++) assert.equal(health.failed(now), false);
  assert.equal(health.isDown(100), false);
});

Deno.test("Health tells of going down once", () => {
  const health = new Health({ maxFails: 1, failTimeoutMs: 1000 });
  assert.equal(health.failed(0), true);
  assert.equal(health.failed(1), false);
});

Deno.test("Health on trial is asked once until that is answered", () => {
  const health = new Health({ maxFails: 1, failTimeoutMs: 1000 });
  health.failed(0);
  assert.equal(health.isDown(1000), false);
  health.asked(1000);
  assert.equal(health.isDown(1001), true);
  assert.equal(health.succeeded(), true);
  assert.equal(health.isDown(1002), false);
  health.asked(1003);
  assert.equal(health.isDown(1003), false);
  assert.equal(health.succeeded(), false);
});

Deno.test("Health whose trial nobody waited for is tried again", () => {
  const health = new Health({ maxFails: 1, failTimeoutMs: 1000 });
  health.failed(0);
  health.asked(1000);
  assert.equal(health.isDown(1999), true);
  assert.equal(health.isDown(2000), false);
});

const CHECKS = { rises: 2, falls: 3 };

Deno.test("Health turns after so many checks in a row", () => {
  const health = new Health(RULES);
  const check = (passed: boolean) => health.checked(passed, CHECKS, 0);
  assert.deepEqual([check(false), check(false), check(true)], [
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual([check(false), check(false), check(false)], [
    undefined,
    undefined,
    "down",
  ]);
  assert.equal(health.isDown(1e9), true);
  assert.deepEqual([check(true), check(false), check(true), check(true)], [
    undefined,
    undefined,
    undefined,
    "up",
  ]);
  assert.equal(health.isDown(0), false);
});

Deno.test("an answer to a request does not outvote the health check", () => {
  const health = new Health(RULES);
  for (let at = 0; at < 3; at++) health.checked(false, CHECKS, 0);
  for (let at = 0; at < 3; at++) health.failed(0);
  assert.equal(health.succeeded(), false);
  assert.equal(health.isDown(0), true);
});

Deno.test("a health check that passes ends a rest", () => {
  const health = new Health({ maxFails: 1, failTimeoutMs: 60_000 });
  health.failed(0);
  assert.equal(health.checked(true, CHECKS, 100), "up");
  assert.equal(health.isDown(100), false);
});

Deno.test("a health check that passes does not forgive failures before a rest", () => {
  const health = new Health({ maxFails: 2, failTimeoutMs: 60_000 });
  health.failed(0);
  health.checked(true, CHECKS, 100);
  assert.equal(health.failed(200), true);
});

Deno.test("Health goes on from what was known before a reload", () => {
  const before = new Health({ maxFails: 1, failTimeoutMs: 60_000 });
  before.failed(0);
  const after = new Health({ maxFails: 3, failTimeoutMs: 5000 });
  after.carryOver(before, { checked: false });
  assert.equal(after.isDown(59_999), true);
  assert.equal(after.isDown(60_000), false);
  const lenient = new Health({ maxFails: 0, failTimeoutMs: 5000 });
  lenient.carryOver(before, { checked: false });
  assert.equal(lenient.isDown(0), false);
});

Deno.test("Health keeps a check's verdict only while checks go on", () => {
  const before = new Health(RULES);
  for (let at = 0; at < 3; at++) before.checked(false, CHECKS, 0);
  const checked = new Health(RULES);
  checked.carryOver(before, { checked: true });
  assert.equal(checked.isDown(0), true);
  const unchecked = new Health(RULES);
  unchecked.carryOver(before, { checked: false });
  assert.equal(unchecked.isDown(0), false);
});
