/**
 * A worker that logs in very often at once, so that whoever measures meanwhile
 * has an event loop of its own.
 * @module
 */

/** What it is told, and what it tells when all are answered. */
export interface FloodOrder {
  origin: string;
  logins: number;
}

export interface FloodReport {
  statuses: Record<string, number>;
  /** Of those who were refused, how many were told when to come again. */
  toldWhen: number;
  /** How long the quickest login that went well took. */
  quickestMs: number;
}

/** The part of a worker's global scope that is used here. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<FloodOrder>) => void;
  postMessage(report: FloodReport): void;
};

async function flood({ origin, logins }: FloodOrder): Promise<FloodReport> {
  const statuses: Record<string, number> = {};
  let quickestMs = Infinity;
  let toldWhen = 0;
  await Promise.all(Array.from({ length: logins }, async () => {
    const began = performance.now();
    const response = await fetch(`${origin}/login`, {
      method: "POST",
      body: new URLSearchParams({ username: "admin", password: "password" }),
      redirect: "manual",
    });
    await response.body?.cancel();
    const { status } = response;
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (response.headers.has("retry-after")) toldWhen++;
    if (status !== 303) return;
    quickestMs = Math.min(quickestMs, performance.now() - began);
  }));
  return { statuses, toldWhen, quickestMs };
}

scope.onmessage = async ({ data }) => scope.postMessage(await flood(data));
