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

function count(summary: string, word: string): number {
  return Number(new RegExp(`\\| (\\d+) ${word}`).exec(summary)?.[1] ?? 0);
}

/**
 * Counts of a run. One that ended badly without a failed test (a file that does
 * not compile, a process that was killed) has failed once: it never passes.
 */
export function countsOf({ output, exitCode }: TestRun): Counts {
  // deno-lint-ignore no-control-regex
  const plain = output.replaceAll(/\x1b\[[\d;]*m/g, "");
  const summary = plain.split("\n").findLast((line) => SUMMARY.test(line));
  const counts = {
    passed: count(summary ?? "", "passed"),
    failed: count(summary ?? "", "failed"),
    skipped: count(summary ?? "", "ignored"),
  };
  if (exitCode !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
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
