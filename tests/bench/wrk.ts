/**
 * The client of the benches: runs wrk and reads what it reports.
 * @module
 */

export interface Load {
  url: string;
  connections: number;
  seconds: number;
  core: number;
}

/** What one run of wrk has measured. */
export interface Figures {
  requests: number;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/** Runs it. An answer that is no success is a failure of the bench. */
export async function runWrk(
  { url, connections, seconds, core }: Load,
): Promise<Figures> {
  const { stdout, success } = await new Deno.Command("taskset", {
    args: [
      ...["--cpu-list", String(core), "wrk", "--latency", "--threads", "1"],
      ...["--connections", String(connections)],
      ...["--duration", `${seconds}s`, "--timeout", "10s", url],
    ],
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success || /Non-2xx|Socket errors/.test(text)) {
    throw new Error(`wrk on ${url} met errors:\n${text}`);
  }
  return parseReport(text);
}

/** The figures in wrk's report. */
export function parseReport(text: string): Figures {
  const find = (wanted: RegExp) => {
    const found = wanted.exec(text);
    if (found === null) throw new SyntaxError(`No ${wanted} in:\n${text}`);
    return found;
  };
  const latency = (share: number) => {
    const [, value, unit] = find(
      new RegExp(`^ +${share}% +([\\d.]+)(us|ms|s)`, "m"),
    );
    return Number(value) * (unit === "us" ? 1e-3 : unit === "ms" ? 1 : 1e3);
  };
  return {
    requests: Number(find(/(\d+) requests in/)[1]),
    requestsPerSecond: Number(find(/Requests\/sec: +([\d.]+)/)[1]),
    p50Ms: latency(50),
    p99Ms: latency(99),
  };
}
