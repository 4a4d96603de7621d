import assert from "node:assert/strict";
import {
  type Counts,
  countsLine,
  countsOf,
  failedFilesOf,
  succeeded,
  sumOf,
} from "./test_counts.ts";

const GOOD = "a ... ok (1ms)\n\nok | 12 passed (3 steps) | 0 failed (40ms)\n\n";
const BAD = "FAILED | 1 passed (1 step) | 3 failed (1 step) | 2 ignored (1s)\n";

Deno.test("countsOf() reads the summary of a good run", () => {
  assert.deepEqual(countsOf({ output: GOOD, exitCode: 0 }), {
    passed: 12,
    failed: 0,
    skipped: 0,
  });
});

Deno.test("countsOf() reads failed and ignored tests, not their steps", () => {
  assert.deepEqual(countsOf({ output: BAD, exitCode: 1 }), {
    passed: 1,
    failed: 3,
    skipped: 2,
  });
});

Deno.test("countsOf() does not count filtered tests as skipped", () => {
  const output = "ok | 1 passed | 0 failed | 4 filtered out (5ms)";
  assert.equal(countsOf({ output, exitCode: 0 }).skipped, 0);
});

Deno.test("countsOf() looks through colours", () => {
  const output =
    "\x1b[0m\x1b[32mok\x1b[0m | 2 passed | 0 failed \x1b[0m\x1b[38;5;245m(1ms)\x1b[0m\n";
  assert.equal(countsOf({ output, exitCode: 0 }).passed, 2);
});

Deno.test("countsOf() takes the last summary where a test prints one, too", () => {
  assert.equal(countsOf({ output: BAD + GOOD, exitCode: 0 }).passed, 12);
});

Deno.test("countsOf() counts a run without a summary as failed", () => {
  for (const output of ["", "error: Type checking failed.\n", GOOD]) {
    assert.equal(countsOf({ output, exitCode: 1 }).failed, 1);
  }
});

Deno.test("countsLine() names skipped tests only where there are some", () => {
  const counts: Counts = { passed: 3, failed: 1, skipped: 0 };
  assert.equal(countsLine(counts), "3 passed, 1 failed");
  assert.equal(
    countsLine({ ...counts, skipped: 2 }),
    "3 passed, 1 failed, 2 skipped",
  );
});

Deno.test("succeeded() asks for a test that ran", () => {
  assert.equal(succeeded({ passed: 1, failed: 0, skipped: 5 }), true);
  assert.equal(succeeded({ passed: 0, failed: 0, skipped: 5 }), false);
  assert.equal(succeeded({ passed: 9, failed: 1, skipped: 0 }), false);
});

const FAILED = `running 2 tests from ./tests/e2e/a_test.ts
fine ... ok (3s)
odd ... FAILED (20s)
running 1 test from ./tests/e2e/b_test.ts
fine too ... ok (1ms)
running 2 tests from ./tests/e2e/c_test.ts
with a step ...
  the step ... FAILED (1ms)
with a step ... FAILED (due to 1 failed step) (2ms)

 FAILURES 

odd => ./tests/tools/browsers.ts:182:8
with a step ... the step => ./tests/tools/browsers.ts:182:8
./tests/e2e/d_test.ts (uncaught error)

FAILED | 2 passed | 3 failed (1 step) (25s)
`;

Deno.test("failedFilesOf() names each file with a failed test once, wherever that was made", () => {
  assert.deepEqual(failedFilesOf({ output: FAILED, exitCode: 1 }), [
    "tests/e2e/a_test.ts",
    "tests/e2e/c_test.ts",
    "tests/e2e/d_test.ts",
  ]);
});

Deno.test("failedFilesOf() looks through colours", () => {
  const output =
    "\x1b[0m\x1b[38;5;245mrunning 1 test from ./tests/e2e/a_test.ts\x1b[0m\n" +
    "a ... \x1b[0m\x1b[31mFAILED\x1b[0m \x1b[0m\x1b[38;5;245m(2ms)\x1b[0m\n";
  assert.deepEqual(failedFilesOf({ output, exitCode: 1 }), [
    "tests/e2e/a_test.ts",
  ]);
});

Deno.test("failedFilesOf() names none where the run has no list of them", () => {
  for (const output of ["", GOOD, "error: Type checking failed.\n"]) {
    assert.deepEqual(failedFilesOf({ output, exitCode: 1 }), []);
  }
});

Deno.test("sumOf() adds up what several runs counted", () => {
  assert.deepEqual(
    sumOf([
      { passed: 3, failed: 1, skipped: 2 },
      { passed: 4, failed: 0, skipped: 1 },
    ]),
    { passed: 7, failed: 1, skipped: 3 },
  );
});
