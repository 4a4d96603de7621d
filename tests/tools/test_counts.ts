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

const FILE = /^running \d+ tests? from \.\/(\S+)$/;
const FAILED = /\bFAILED \(/;
const UNCAUGHT = /^\.\/(\S+) \(uncaught error\)$/;

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

/**
 * The files with a failed test, in their order, of a run that took one file
 * after the other. The list at its end names where a test was made, which may
 * be a function that many files call.
 */
export function failedFilesOf(run: TestRun): string[] {
  const files = new Set<string>();
  let current: string | undefined;
  for (const line of linesOf(run)) {
    current = FILE.exec(line)?.[1] ?? current;
    const failed = FAILED.test(line) ? current : UNCAUGHT.exec(line)?.[1];
    if (failed !== undefined) files.add(failed);
  }
  return [...files];
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
