/** When requests begin that came in the same moment. @module */
import assert from "node:assert/strict";
import { Hono } from "hono";
import {
  BEGUN_IN_A_TURN,
  inTurns,
  TURN_MS,
  Turns,
  TURNS_WAITING_MAX,
} from "../../lib/auth/turns.ts";
import { QueueFullError } from "../../lib/auth/work_queue.ts";
import { ManualClock } from "../../lib/clock.ts";

/** Lets everything run that waits for no timer. */
const settled = () => new Promise<void>((resume) => setImmediate(resume));

/** Turns, and the order in which `count` callers have begun. */
function crowd(count: number) {
  const clock = new ManualClock();
  const turns = new Turns(clock);
  const begun: number[] = [];
  for (let index = 0; index < count; index++) {
    void turns.enter().then(() => begun.push(index));
  }
  return { clock, turns, begun };
}

Deno.test("Turns.enter() lets a few begin at once, and in each turn as many more, in order", async () => {
  const { clock, begun } = crowd(2 * BEGUN_IN_A_TURN + 1);
  const all = Array.from({ length: 2 * BEGUN_IN_A_TURN + 1 }, (_, at) => at);
  await settled();
  assert.deepEqual(begun, all.slice(0, BEGUN_IN_A_TURN));
  clock.advance(TURN_MS);
  await settled();
  assert.deepEqual(begun, all.slice(0, 2 * BEGUN_IN_A_TURN));
  clock.advance(TURN_MS);
  await settled();
  assert.deepEqual(begun, all);
});

Deno.test("Turns.enter() lets nobody who comes later go first", async () => {
  const { clock, turns, begun } = crowd(2 * BEGUN_IN_A_TURN);
  clock.advance(TURN_MS);
  void turns.enter().then(() => begun.push(-1));
  await settled();
  assert.equal(begun.length, 2 * BEGUN_IN_A_TURN);
  clock.advance(TURN_MS);
  await settled();
  assert.equal(begun.at(-1), -1);
});

Deno.test("Turns.enter() begins anew when nobody has waited", async () => {
  const { clock, turns } = crowd(BEGUN_IN_A_TURN);
  clock.advance(TURN_MS);
  let isBegun = false;
  void turns.enter().then(() => isBegun = true);
  await settled();
  assert.equal(isBegun, true);
});

Deno.test("Turns.enter() refuses whoever comes when very many wait", async () => {
  const { clock, turns, begun } = crowd(BEGUN_IN_A_TURN + TURNS_WAITING_MAX);
  await assert.rejects(turns.enter(), QueueFullError);
  clock.advance(TURN_MS);
  void turns.enter().then(() => begun.push(-1));
  for (let turn = 0; begun.at(-1) !== -1; turn++) {
    assert.ok(turn <= TURNS_WAITING_MAX);
    clock.advance(TURN_MS);
    // deno-lint-ignore no-await-in-loop -- one turn after the other
    await settled();
  }
  assert.equal(begun.length, BEGUN_IN_A_TURN + TURNS_WAITING_MAX + 1);
});

Deno.test("inTurns() holds back what changes something, and nobody who reads", async () => {
  const clock = new ManualClock();
  const app = new Hono().use(inTurns(clock)).all("*", (c) => c.text("ok"));
  const answers: string[] = [];
  const ask = (method: string) =>
    void Promise.resolve(app.request("/", { method }))
      .then(() => answers.push(method));
  for (let count = 0; count < 3 * BEGUN_IN_A_TURN; count++) ask("POST");
  ask("GET");
  await settled();
  assert.equal(
    answers.filter((method) => method === "POST").length,
    BEGUN_IN_A_TURN,
  );
  assert.ok(answers.includes("GET"));
  clock.advance(TURN_MS);
  await settled();
  assert.equal(
    answers.filter((method) => method === "POST").length,
    2 * BEGUN_IN_A_TURN,
  );
  clock.advance(TURN_MS);
  await settled();
  assert.equal(answers.length, 3 * BEGUN_IN_A_TURN + 1);
});
