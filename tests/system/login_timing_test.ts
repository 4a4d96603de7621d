// deno-lint-ignore-file no-await-in-loop -- one try after the other is measured
/** What the time of an answer tells: nothing about which names exist. @module */
import assert from "node:assert/strict";
import { runUser } from "../operator/_user_process.ts";
import { TestSystem } from "../tools/services.ts";
import { ask, json } from "./_door.ts";

const GOOD = "con mèo ngủ trưa";
const TRIES = 30;
/** Below the failures that cost a wait. */
const TRIES_IN_A_ROW = 8;
/** The two medians may differ by so much. */
const DIFFERENCE_MAX = 0.1;
/**
 * What else the machine does hits one kind harder, now and then. Then there are
 * more tries, and all of them count: a lucky part of them proves nothing.
 */
const TRIES_MAX = 4 * TRIES;

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.floor(middle - 0.5)] ?? NaN;
  return (low + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

interface Times {
  wrong: number[];
  unknown: number[];
}

/** Adds tries of both kinds in turn. */
async function measure(url: string, { wrong, unknown }: Times): Promise<void> {
  const answers = new Set<string>();
  const timed = async (username: string) => {
    const began = performance.now();
    const { status, text } = await ask(url, json({ username, password: "no" }));
    answers.add(`${status} ${text}`);
    return performance.now() - began;
  };
  for (let count = 0; count < TRIES; count++) {
    const first = count % 2 === 0;
    const nobody = `nobody ${unknown.length}`;
    if (first) wrong.push(await timed("mai"));
    unknown.push(await timed(nobody));
    if (!first) wrong.push(await timed("mai"));
    if (count % TRIES_IN_A_ROW !== 0) continue;
    const right = json({ username: "mai", password: GOOD });
    assert.equal((await ask(url, right)).status, 200);
  }
  assert.equal(answers.size, 1, [...answers].join());
}

Deno.test("an unknown name and a wrong password get one answer, in the same time", async () => {
  await using system = await TestSystem.start();
  const flags = ["--data", system.dataDir, "--password-stdin"];
  await runUser(["add", "mai", ...flags], GOOD);
  const times: Times = { wrong: [], unknown: [] };
  const ratios: number[] = [];
  while (times.wrong.length < TRIES_MAX) {
    await measure(`${system.origin}/login`, times);
    const ratio = median(times.wrong) / median(times.unknown);
    ratios.push(ratio);
    if (Math.abs(ratio - 1) <= DIFFERENCE_MAX) return;
  }
  assert.fail(`wrong password : unknown name = ${ratios.join(", ")}`);
});
