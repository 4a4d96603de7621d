// deno-lint-ignore-file no-await-in-loop -- one reader asks for one page at a time
/**
 * Many logins at once, and somebody who reads pages meanwhile.
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import type { FloodOrder, FloodReport } from "./login_flooder.ts";

const PAGES = [
  "/index.html",
  "/login.html",
  "/static/css/app.css",
  "/static/js/chat.js",
];
/** Between two pages, as long as a quick person's finger takes. */
const PAUSE_MS = 5;

export interface Reading {
  /** How long each page took, in order. */
  ms: number[];
  /** Answers that were none. */
  failures: string[];
}

/** Reads one page after the other until told to stop. */
export async function readPages(
  origin: string,
  isOver: (count: number) => boolean,
): Promise<Reading> {
  const reading: Reading = { ms: [], failures: [] };
  for (let count = 0; !isOver(count); count++) {
    const path = PAGES[count % PAGES.length] ?? "/";
    const began = performance.now();
    const response = await fetch(`${origin}${path}`);
    await response.arrayBuffer();
    reading.ms.push(performance.now() - began);
    if (response.status !== 200) {
      reading.failures.push(`${path} ${response.status}`);
    }
    await new Promise<void>((resume) => systemClock.after(PAUSE_MS, resume));
  }
  return reading;
}

/** Reads pages while `logins` are under way, all of them begun at once. */
export async function readInFlood(
  order: FloodOrder,
): Promise<{ reading: Reading; report: FloodReport }> {
  const url = new URL("./login_flooder.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  try {
    let over = false;
    const report = new Promise<FloodReport>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
    }).finally(() => over = true);
    worker.postMessage(order);
    const reading = await readPages(order.origin, () => over);
    return { reading, report: await report };
  } finally {
    worker.terminate();
  }
}
