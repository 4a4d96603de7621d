/**
 * What is overdue is ended, and nothing ticks when nothing is watched.
 * @module
 */
import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import { Deadlines, SWEEP_PERIOD_MS } from "../../lib/proxy/deadlines.ts";

function watched(deadlineMs: number) {
  return {
    expired: 0,
    isDue: (now: number) => now >= deadlineMs,
    expire() {
      this.expired++;
    },
  };
}

Deno.test("Deadlines ends what is due, within one sweep", () => {
  const clock = new ManualClock(0);
  const deadlines = new Deadlines(clock);
  const soon = watched(1000);
  const late = watched(5000);
  deadlines.add(soon);
  deadlines.add(late);
  clock.advance(999);
  assert.equal(soon.expired, 0);
  clock.advance(SWEEP_PERIOD_MS);
  assert.ok(soon.expired > 0);
  assert.equal(late.expired, 0);
});

Deno.test("Deadlines sets no timer while nothing is watched", () => {
  let timers = 0;
  const clock = new ManualClock(0);
  const deadlines = new Deadlines({
    now: () => clock.now(),
    after(delayMs, run) {
      timers++;
      const cancel = clock.after(delayMs, () => {
        timers--;
        run();
      });
      return () => {
        timers--;
        cancel();
      };
    },
  });
  const one = watched(Infinity);
  assert.equal(timers, 0);
  deadlines.add(one);
  clock.advance(2000);
  assert.equal(timers, 1);
  deadlines.delete(one);
  assert.equal(timers, 0);
  deadlines.add(one);
  assert.equal(timers, 1);
});
