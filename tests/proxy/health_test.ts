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
