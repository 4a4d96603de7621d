/**
 * How a test run ended, in numbers: read from the summary that `deno test`
 * prints, and worded as the last line of ours. Pure.
 * @module
 */

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What `deno test` printed and how it ended. */
export interface TestRun {
  output: string;
  exitCode: number;
}

const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/;

const FAILURES = /^ ?FAILURES ?$/;

/** `name => ./tests/a_test.ts:1:6`, or `./tests/a_test.ts (uncaught error)`. */
const FAILURE = /(?:=> |^)\.\/(\S+?)(?::\d+:\d+| \(uncaught error\))$/;

function linesOf({ output }: TestRun): string[] {
  // deno-lint-ignore no-control-regex
  return output.replaceAll(/\x1b\[[\d;]*m/g, "").split("\n");
}

function count(summary: string, word: string): number {
  return Number(new RegExp(`\\| (\\d+) ${word}`).exec(summary)?.[1] ?? 0);
}

/**
 * Counts of a run. One that ended badly without a failed test (a file that does
 * not compile, a process that was killed) has failed once: it never passes.
 */
export function countsOf(run: TestRun): Counts {
  const summary = linesOf(run).findLast((line) => SUMMARY.test(line));
  const counts = {
    passed: count(summary ?? "", "passed"),
    failed: count(summary ?? "", "failed"),
    skipped: count(summary ?? "", "ignored"),
  };
  if (run.exitCode !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** What several runs counted, together. */
export function sumOf(runs: readonly Counts[]): Counts {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of runs) {
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
  }
  return sum;
}

/** The files with a failed test, in their order; none where no list was printed. */
export function failedFilesOf(run: TestRun): string[] {
  const lines = linesOf(run);
  const from = lines.findLastIndex((line) => FAILURES.test(line));
  if (from < 0) return [];
  const files = lines.slice(from).map((line) => FAILURE.exec(line)?.[1]);
  return [...new Set(files.filter((file) => file !== undefined))];
}

/** The last line: `12 passed, 0 failed`. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  const left = skipped > 0 ? `, ${skipped} skipped` : "";
  return `${passed} passed, ${failed} failed${left}`;
}

/** A run succeeds when something ran and nothing failed. */
export function succeeded({ passed, failed }: Counts): boolean {
  return passed > 0 && failed === 0;
}
