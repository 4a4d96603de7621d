/**
 * Waits until an address answers, asking again and again within a time limit.
 * @module
 */
import type { Clock } from "../clock.ts";

const ASK_EVERY_MS = 25;
const ANSWER_MS = 2_000;

/** Whether a GET of `url` is answered with 200. */
export async function answers(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(url, { signal, redirect: "manual" });
    await response.body?.cancel();
    return response.status === 200;
  } catch (error) {
    // No permission for the address will not come by waiting.
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
}

export interface AskOptions {
  clock: Clock;
  withinMs: number;
  /** Ends the wait with false. */
  signal?: AbortSignal;
}

/** True once `url` answers, false when the time is over. */
export function waitForAnswer(
  url: string,
  { clock, withinMs, signal }: AskOptions,
): Promise<boolean> {
  const endAt = clock.now() + withinMs;
  const ask = async (): Promise<boolean> => {
    if (await answers(url)) return true;
    if (clock.now() >= endAt || signal?.aborted) return false;
    await new Promise<void>((resume) => clock.after(ASK_EVERY_MS, resume));
    return ask();
  };
  return ask();
}
