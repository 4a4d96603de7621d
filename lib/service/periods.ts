/**
 * The tracker's timings as flags: `tracker` takes them for itself, `start` to
 * pass them on, both with the same names, defaults and bounds.
 * @module
 */
import { PERIOD_MS, type Welcome } from "../wire/tracker_api.ts";
import type { Flag, Options } from "./command.ts";

/** As the tracker tells them to each peer. */
export type Periods = Pick<Welcome, "heartbeatMs" | "syncMs" | "pollMs">;

export const DEFAULT_PERIODS: Periods = {
  heartbeatMs: 30_000,
  syncMs: 10_000,
  pollMs: 2_000,
};

const flag = (ms: number, help: string): Flag => {
  return { value: "MS", fallback: String(ms), help };
};

export const PERIOD_FLAGS = {
  "heartbeat-ms": flag(
    DEFAULT_PERIODS.heartbeatMs,
    "How often a peer says that it is here",
  ),
  "sync-ms": flag(
    DEFAULT_PERIODS.syncMs,
    "How often a polling peer lists peers again",
  ),
  "poll-ms": flag(
    DEFAULT_PERIODS.pollMs,
    "How often a polling peer fetches its signals",
  ),
} satisfies Record<string, Flag>;

/** The periods out of the flags; UsageError where one is out of bounds. */
export function readPeriods(options: Options): Periods {
  return {
    heartbeatMs: options.integer("heartbeat-ms", PERIOD_MS),
    syncMs: options.integer("sync-ms", PERIOD_MS),
    pollMs: options.integer("poll-ms", PERIOD_MS),
  };
}

/** The flags out of the periods, for another command's line. */
export function periodArgs({ heartbeatMs, syncMs, pollMs }: Periods): string[] {
  return [
    ...["--heartbeat-ms", String(heartbeatMs)],
    ...["--sync-ms", String(syncMs)],
    ...["--poll-ms", String(pollMs)],
  ];
}
