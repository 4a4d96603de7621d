/** Old sessions are forgotten by themselves. @module */
import assert from "node:assert/strict";
import {
  MemorySessions,
  SESSION_LIFE,
  sessionIdOf,
  sweepRegularly,
} from "../../lib/auth/sessions.ts";
import { ManualClock } from "../../lib/clock.ts";

/** Lets what was begun without a timer end. */
const settled = () => new Promise<void>((resume) => setImmediate(resume));

Deno.test("sweepRegularly() forgets what has expired, until it is stopped", async () => {
  const clock = new ManualClock();
  const sessions = new MemorySessions(clock);
  const lines: string[] = [];
  const counts: number[] = [];
  const sweep = () => counts.push(sessions.sweep());
  const log = (line: string) => void lines.push(line);
  const stop = sweepRegularly({ sweep }, { clock, log });
  const mai = { user: "mai", address: "::1", browser: "" };
  sessions.begin(mai);
  clock.advance(SESSION_LIFE.totalMs / 2);
  const later = sessionIdOf(sessions.begin(mai));
  clock.advance(SESSION_LIFE.totalMs / 2 + 3_600_000);
  assert.equal(counts.reduce((sum, count) => sum + count, 0), 1);
  assert.equal(sessions.isLive(later), true);
  stop();
  const { length } = counts;
  clock.advance(SESSION_LIFE.totalMs);
  await settled();
  assert.equal(counts.length, length);
  assert.deepEqual(lines, []);
});

Deno.test("sweepRegularly() says that it could not, and tries again", async () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  let sweeps = 0;
  const sweep = () => {
    sweeps++;
    throw new Error("database is locked");
  };
  const log = (line: string) => void lines.push(line);
  const stop = sweepRegularly({ sweep }, { clock, log });
  clock.advance(3_600_000);
  await settled();
  stop();
  assert.ok(sweeps > 1);
  assert.equal(lines.length, sweeps);
  assert.equal(
    lines[0],
    "backend: Cannot sweep sessions: database is locked",
  );
});
