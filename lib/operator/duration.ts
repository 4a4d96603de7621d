/**
 * Spans of time as an operator writes them: 30m, 12h, 7d. Pure.
 * @module
 */
import { UsageError } from "../service/command.ts";

const UNITS_MS: Record<string, number> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The milliseconds of what `--flag` was given, from `least` to `most`. */
export function readDuration(
  flag: string,
  { text, range: [least, most] }: {
    text: string;
    range: readonly [number, number];
  },
): number {
  const [, count = "", unit = ""] = /^(\d{1,9})([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? NaN);
  if (ms >= least && ms <= most) return ms;
  throw new UsageError(
    `Cannot use --${flag} "${text}": give a time from ${spell(least)} to ${
      spell(most)
    }, like 30m, 12h or 7d`,
  );
}

/** The largest unit that it is a whole number of. */
function spell(ms: number): string {
  const units = Object.entries(UNITS_MS).reverse();
  const [name = "m", unitMs = 60_000] =
    units.find(([, unitMs]) => ms % unitMs === 0) ?? [];
  return `${Math.round(ms / unitMs)}${name}`;
}
