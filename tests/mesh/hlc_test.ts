import assert from "node:assert/strict";
import { CLOCK_WRONG_MS, HybridClock } from "../../lib/mesh/hlc.ts";

const NOW = 1_800_000_000_000;
const FOUR_MONTHS_MS = 120 * 86_400_000;

Deno.test("HybridClock.next() never gives a time twice, nor one before what was read", () => {
  const clock = new HybridClock();
  assert.equal(clock.next(NOW), NOW);
  assert.equal(clock.next(NOW), NOW + 1);
  assert.equal(clock.next(NOW - 5_000), NOW + 2);
  clock.observe(NOW + 9_000, NOW);
  assert.equal(clock.next(NOW), NOW + 9_001);
});

Deno.test("HybridClock does not follow a clock that runs far ahead", () => {
  const clock = new HybridClock();
  clock.observe(NOW + FOUR_MONTHS_MS, NOW);
  assert.equal(clock.next(NOW), NOW);
});

Deno.test("HybridClock dates by the server's time, whichever way its own machine is wrong", () => {
  for (const wrongBy of [FOUR_MONTHS_MS, -FOUR_MONTHS_MS]) {
    const clock = new HybridClock();
    clock.next(NOW + wrongBy);
    clock.correct(NOW, NOW + wrongBy);
    const next = clock.next(NOW + wrongBy + 10_000);
    assert.ok(next >= NOW && next <= NOW + CLOCK_WRONG_MS + 1, `${next}`);
    assert.equal(clock.trueTime(NOW + wrongBy + 10), NOW + 10);
  }
});

Deno.test("HybridClock.correct() forgets a far future that looked near to a clock that was ahead", () => {
  const clock = new HybridClock();
  const ahead = NOW + FOUR_MONTHS_MS;
  clock.observe(ahead, ahead);
  clock.correct(NOW, ahead);
  assert.equal(clock.next(ahead + 1), NOW + 1);
});

Deno.test("HybridClock.isBehind() tells a wrong clock from a slow road", () => {
  const clock = new HybridClock();
  assert.equal(clock.isBehind(NOW - 5_000, NOW), false);
  assert.equal(clock.isBehind(NOW - FOUR_MONTHS_MS, NOW), true);
});
