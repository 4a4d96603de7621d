// deno-lint-ignore-file no-await-in-loop -- one try after the other is measured
/** What the time of an answer tells: nothing about which names exist. @module */
import assert from "node:assert/strict";
import { runUser } from "../operator/_user_process.ts";
import { TestSystem } from "../tools/services.ts";
import { ask, json } from "./_door.ts";

const GOOD = "con mèo ngủ trưa";
/** Of each kind; decided beforehand, and none is left out or added. */
const TRIES = 30;
/** Below the failures that cost a wait. */
const TRIES_IN_A_ROW = 8;
/**
 * How far apart the two medians may be. On a quiet machine they are within a
 * few percent; what else runs beside a test can hit one kind harder, but hardly
 * more than half of thirty tries that take turns with those of the other, and
 * none stops while it is ahead. A leak is no matter of percents: half a second
 * of hashing against next to nothing, or against one of half the cost. Either
 * breaks this bound each time.
 */
const RATIO_MAX = 1.5;

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.floor(middle - 0.5)] ?? NaN;
  return (low + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/** How long tries of both kinds took, which went first in turn. */
async function measure(url: string) {
  const [wrong, unknown]: [number[], number[]] = [[], []];
  const answers = new Set<string>();
  const timed = async (username: string) => {
    const began = performance.now();
    const { status, text } = await ask(url, json({ username, password: "no" }));
    answers.add(`${status} ${text}`);
    return performance.now() - began;
  };
  for (let count = 0; count < TRIES; count++) {
    if (count % TRIES_IN_A_ROW === 0) {
      const right = json({ username: "mai", password: GOOD });
      assert.equal((await ask(url, right)).status, 200);
    }
    const first = count % 2 === 0;
    if (first) wrong.push(await timed("mai"));
    unknown.push(await timed(`nobody ${count}`));
    if (!first) wrong.push(await timed("mai"));
  }
  return { wrong, unknown, answers: [...answers] };
}

Deno.test("an unknown name and a wrong password get one answer, in the same time", async () => {
  await using system = await TestSystem.start();
  const flags = ["--data", system.dataDir, "--password-stdin"];
  await runUser(["add", "mai", ...flags], GOOD);
  const { wrong, unknown, answers } = await measure(`${system.origin}/login`);
  assert.equal(answers.length, 1, answers.join());
  const ratio = median(wrong) / median(unknown);
  assert.ok(
    ratio < RATIO_MAX && ratio > 1 / RATIO_MAX,
    `wrong password : unknown name = ${ratio}`,
  );
});
