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

const FAILURES = ` FAILURES 

./tests/e2e/w_test.ts (uncaught error)
one => two => ./tests/e2e/x_test.ts:1:6
with steps ... inner => ./tests/e2e/x_test.ts:2:48

FAILED | 1 passed | 3 failed (1 step) (202ms)
`;

Deno.test("failedFilesOf() names each file with a failed test once", () => {
  const output = `one => two => ./tests/no_test.ts:1:6\n\n${FAILURES}`;
  assert.deepEqual(failedFilesOf({ output, exitCode: 1 }), [
    "tests/e2e/w_test.ts",
    "tests/e2e/x_test.ts",
  ]);
});

Deno.test("failedFilesOf() looks through colours", () => {
  const output = "\x1b[0m\x1b[1m\x1b[37m\x1b[41m FAILURES \x1b[0m\n\n" +
    "a \x1b[0m\x1b[38;5;245m=> ./tests/e2e/a_test.ts:9:1\x1b[0m\n\n";
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
