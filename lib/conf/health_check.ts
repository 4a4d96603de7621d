/**
 * Reads `health_check /PATH interval=5s timeout=2s rises=1 falls=2`, or `off`
 * where a location is not to be checked as its host is.
 * @module
 */
import { HEALTH_CHECK_DEFAULTS, type HealthCheckConf } from "./conf.ts";
import type { Fail } from "./directives.ts";
import type { Token } from "./lexer.ts";
import { readCount, readDuration } from "./values.ts";

/** A path and perhaps a query, as it can stand in a request line. */
const PATH = /^\/[!"$-~]*$/;

/** The check, or undefined for none. */
export function readHealthCheck(
  [path, ...options]: Token[],
  fail: Fail,
): HealthCheckConf | undefined {
  if (path!.text === "off" && options.length === 0) return undefined;
  if (!PATH.test(path!.text)) {
    fail(path!, `bad path "${path!.text}", expected one like /healthz, or off`);
  }
  const check = { path: path!.text, ...HEALTH_CHECK_DEFAULTS };
  for (const option of options) readOption(option, check, fail);
  return check;
}

function readOption(word: Token, check: HealthCheckConf, fail: Fail): void {
  const [name, value = ""] = word.text.split("=", 2);
  const bad = (expected: string) =>
    fail(word, `bad value "${value}" of ${name}, expected ${expected}`);
  const duration = () => readDuration(value) ?? bad("a duration like 5s");
  const count = () => readCount(value, 1) ?? bad("a whole number from 1");
  if (name === "interval") check.intervalMs = duration();
  else if (name === "timeout") check.timeoutMs = duration();
  else if (name === "rises") check.rises = count();
  else if (name === "falls") check.falls = count();
  else {
    fail(
      word,
      `unknown option "${word.text}", expected interval=5s, timeout=2s, rises=N, falls=N or ";"`,
    );
  }
}
