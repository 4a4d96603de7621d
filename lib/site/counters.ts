/**
 * What the backend counts, in Prometheus' text format. Labels come from fixed
 * sets, so their number is bounded.
 * @module
 */

const COUNTERS = {
  weaprous_backend_requests_total: "Requests answered, by status",
  weaprous_backend_logins_total: "Login attempts, by outcome",
};

export class Counters {
  readonly #requests = new Map<string, number>();
  readonly #logins = new Map<string, number>();

  countRequest(status: number): void {
    addOne(this.#requests, `status="${status}"`);
  }

  /** `outcome` is "ok" or an error code. */
  countLogin(outcome: string): void {
    addOne(this.#logins, `outcome="${outcome}"`);
  }

  text(): string {
    return [
      ...lines("weaprous_backend_requests_total", this.#requests),
      ...lines("weaprous_backend_logins_total", this.#logins),
    ].map((line) => `${line}\n`).join("");
  }
}

function addOne(values: Map<string, number>, label: string): void {
  values.set(label, (values.get(label) ?? 0) + 1);
}

function lines(
  name: keyof typeof COUNTERS,
  values: Map<string, number>,
): string[] {
  const samples = [...values].map(([label, n]) => `${name}{${label}} ${n}`);
  return [
    `# HELP ${name} ${COUNTERS[name]}`,
    `# TYPE ${name} counter`,
    ...samples,
  ];
}
