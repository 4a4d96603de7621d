import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import {
  IDLE_TICK_MS,
  REQUESTS_AT_ONCE_MAX,
  TICK_MS,
  Turnstile,
} from "../../lib/proxy/turnstile.ts";

/** Lets what was resolved run. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

function crowd(count: number) {
  const clock = new ManualClock();
  const turnstile = new Turnstile(clock);
  const tickets: number[] = [];
  const order: number[] = [];
  for (let at = 0; at < count; at++) {
    const ticket = turnstile.enter();
    if (ticket !== -1) tickets.push(ticket);
    else {
      turnstile.wait().then((later) => {
        order.push(at);
        tickets.push(later);
      });
    }
  }
  return { clock, turnstile, tickets, order };
}

Deno.test("Turnstile lets a turn's worth in at once and the rest one for each that is over, in order", async () => {
  const { turnstile, tickets, order } = crowd(REQUESTS_AT_ONCE_MAX + 3);
  assert.equal(tickets.length, REQUESTS_AT_ONCE_MAX);
  turnstile.leave(tickets.shift()!);
  // Whoever asks again at once is behind those that wait.
  assert.equal(turnstile.enter(), -1);
  turnstile.leave(tickets.shift()!);
  await settled();
  assert.deepEqual(order, [
    REQUESTS_AT_ONCE_MAX,
    REQUESTS_AT_ONCE_MAX + 1,
  ]);
});

Deno.test("Turnstile no longer counts what stays with slow backends for two ticks", async () => {
  const count = REQUESTS_AT_ONCE_MAX * 3;
  const { clock, order, turnstile, tickets } = crowd(count);
  const slow = [...tickets];
  clock.advance(TICK_MS);
  await settled();
  assert.equal(order.length, 0);
  clock.advance(TICK_MS);
  await settled();
  assert.equal(order.length, REQUESTS_AT_ONCE_MAX);
  clock.advance(2 * TICK_MS);
  await settled();
  assert.equal(order.length, REQUESTS_AT_ONCE_MAX * 2);
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
  // Those that count no longer give nothing back when they are over.
  for (const ticket of slow) turnstile.leave(ticket);
  assert.equal(turnstile.enter(), -1);
});

Deno.test("Turnstile makes nobody wait for those that have been under way for long", () => {
  const { clock, turnstile, tickets } = crowd(REQUESTS_AT_ONCE_MAX);
  clock.advance(IDLE_TICK_MS);
  assert.equal(turnstile.enter(), -1);
  clock.advance(IDLE_TICK_MS);
  assert.notEqual(turnstile.enter(), -1);
  // Nor do they give anything back when they are over.
  for (const ticket of tickets) turnstile.leave(ticket);
  for (let more = 1; more < REQUESTS_AT_ONCE_MAX; more++) {
    assert.notEqual(turnstile.enter(), -1);
  }
  assert.equal(turnstile.enter(), -1);
});

Deno.test("Turnstile gives the place of one that is over to the next", () => {
  const { turnstile, tickets } = crowd(REQUESTS_AT_ONCE_MAX);
  assert.equal(turnstile.enter(), -1);
  turnstile.leave(tickets[0]!);
  assert.notEqual(turnstile.enter(), -1);
});
