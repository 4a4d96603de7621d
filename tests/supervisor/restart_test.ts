import assert from "node:assert/strict";
import {
  DEATHS_MAX,
  DEATHS_WINDOW_MS,
  type Decision,
  FIRST_DELAY_MS,
  RestartPolicy,
} from "../../lib/supervisor/restart.ts";

const KILLED = { exitCode: null, systemWasReady: true };
const FAILED = { exitCode: 1, systemWasReady: true };

/** What the policy decides on a death at each of `times`. */
function decisions(times: number[]): Decision[] {
  const policy = new RestartPolicy();
  return times.map((now) => policy.died(KILLED, now));
}

Deno.test("RestartPolicy restarts after waits that double", () => {
  const delays = decisions([0, 1, 2, 3]).map((decision) =>
    decision.type === "restart" ? decision.delayMs : undefined
  );
  assert.deepEqual(delays, [1, 2, 4, 8].map((times) => times * FIRST_DELAY_MS));
});

Deno.test("RestartPolicy gives up at the fifth death within a minute", () => {
  const [last] = decisions([0, 1_000, 20_000, 40_000, 59_999]).slice(-1);
  assert.deepEqual(last, {
    type: "give-up",
    reason: "ended 5 times within a minute",
  });
});

Deno.test("RestartPolicy forgets a death after a minute", () => {
  const times = Array.from({ length: 20 }, (_, index) => index * 15_001);
  assert.ok(decisions(times).every(({ type }) => type === "restart"));
});

Deno.test("RestartPolicy starts over with the first wait after a quiet minute", () => {
  const [last] = decisions([0, 1, 2, 2 + DEATHS_WINDOW_MS]).slice(-1);
  assert.deepEqual(last, { type: "restart", delayMs: FIRST_DELAY_MS });
});

Deno.test("RestartPolicy gives up at once on a program that cannot start", () => {
  const policy = new RestartPolicy();
  const decision = policy.died({ exitCode: 1, systemWasReady: false }, 0);
  assert.deepEqual(decision, { type: "give-up", reason: "could not start" });
});

Deno.test("RestartPolicy restarts what was stopped before the system was ready", () => {
  for (const exitCode of [null, 0]) {
    const policy = new RestartPolicy();
    const decision = policy.died({ exitCode, systemWasReady: false }, 0);
    assert.equal(decision.type, "restart");
  }
});

Deno.test("RestartPolicy counts exits and kills alike", () => {
  const policy = new RestartPolicy();
  const deaths = Array.from(
    { length: DEATHS_MAX },
    (_, index) => index % 2 === 0 ? KILLED : FAILED,
  );
  const types = deaths.map((death, now) => policy.died(death, now).type);
  assert.deepEqual(types.slice(-2), ["restart", "give-up"]);
});
