/**
 * What the tracker counts, and its text for Prometheus.
 * @module
 */
import type { ErrorCode } from "../wire/wire_error.ts";

export class Metrics {
  /** Over the socket. */
  frames = 0;
  /** Over HTTP. */
  requests = 0;
  /** Passed from one peer to another. */
  signals = 0;
  readonly #errors = new Map<ErrorCode, number>();

  countError(code: ErrorCode): void {
    this.#errors.set(code, this.errors(code) + 1);
  }

  errors(code: ErrorCode): number {
    return this.#errors.get(code) ?? 0;
  }

  /** The counters, and `gauges` of this moment, in the exposition format. */
  text(gauges: Record<string, number>): string {
    const lines = Object.entries(gauges)
      .flatMap(([name, value]) => metric(name, "gauge", [["", value]]));
    const { frames, requests, signals } = this;
    for (const [name, value] of Object.entries({ frames, requests, signals })) {
      lines.push(...metric(`${name}_total`, "counter", [["", value]]));
    }
    const errors = Array.from(
      this.#errors,
      ([code, count]) => [`{code="${code}"}`, count] as const,
    );
    lines.push(...metric("errors_total", "counter", errors));
    return `${lines.join("\n")}\n`;
  }
}

function metric(
  name: string,
  kind: "counter" | "gauge",
  samples: readonly (readonly [labels: string, value: number])[],
): string[] {
  const full = `weaprous_tracker_${name}`;
  return [
    `# TYPE ${full} ${kind}`,
    ...samples.map(([labels, value]) => `${full}${labels} ${value}`),
  ];
}
