/**
 * Snapshots in Prometheus' text format 0.0.4. Pure.
 * @module
 */
import { DURATION_BOUNDS_MS, type Snapshot, sumHosts } from "./metrics.ts";

const PREFIX = "weaprous_proxy";

interface Family {
  name: string;
  type: "counter" | "gauge" | "histogram";
  help: string;
  samples: string[];
}

/** What is told besides the workers' own counts. */
export interface Extras {
  /** Whether the last reload took the conf. */
  reloadSucceeded: boolean;
}

/** The whole page; one snapshot for each worker, in their order. */
export function exposition(
  snapshots: readonly Snapshot[],
  { reloadSucceeded }: Extras,
): string {
  const families = [
    ...requestFamilies(snapshots),
    ...plainFamilies(snapshots),
    ...backendFamilies(snapshots),
    gauge("conf_reload_successful", "Whether the last reload took the conf", [
      sample("conf_reload_successful", {}, reloadSucceeded ? 1 : 0),
    ]),
    gauge("workers", "How many serve", [
      sample("workers", {}, snapshots.length),
    ]),
  ];
  return families.map(textOf).join("");
}

function requestFamilies(snapshots: readonly Snapshot[]): Family[] {
  const requests: string[] = [];
  const durations: string[] = [];
  const name = "request_duration_seconds";
  for (const [host, counts] of sumHosts(snapshots)) {
    counts.byClass.forEach((value, at) => {
      const labels = { host, status: `${at + 1}xx` };
      requests.push(sample("requests_total", labels, value));
    });
    let sum = 0;
    counts.durations.forEach((value, at) => {
      sum += value;
      const bound = DURATION_BOUNDS_MS[at];
      const le = bound === undefined ? "+Inf" : String(bound / 1000);
      durations.push(sample(`${name}_bucket`, { host, le }, sum));
    });
    const seconds = counts.durationSumMs / 1000;
    durations.push(sample(`${name}_sum`, { host }, seconds));
    durations.push(sample(`${name}_count`, { host }, sum));
  }
  return [
    {
      name: "requests_total",
      type: "counter",
      help:
        "Requests answered, by host block and class of status; 499 is a client that left",
      samples: requests,
    },
    {
      name,
      type: "histogram",
      help:
        "From the head of a request to the end of its answer, without WebSockets",
      samples: durations,
    },
  ];
}

type CountName = {
  [K in keyof Snapshot]: Snapshot[K] extends number ? K : never;
}[keyof Snapshot];

const PLAIN: [CountName, string, "counter" | "gauge", string][] = [
  ["connectionsOpen", "connections_open", "gauge", "Clients' connections"],
  [
    "connectionsTotal",
    "connections_total",
    "counter",
    "Clients' connections since the start",
  ],
  [
    "requestsOpen",
    "requests_open",
    "gauge",
    "Requests and WebSockets under way",
  ],
  ["webSocketsTotal", "websockets_total", "counter", "WebSockets that ended"],
  [
    "retries",
    "retries_total",
    "counter",
    "Times that a request was sent to a backend again",
  ],
  [
    "bytesReceived",
    "received_bytes_total",
    "counter",
    "Bytes of requests' bodies",
  ],
  [
    "bytesSent",
    "sent_bytes_total",
    "counter",
    "Bytes sent to clients, heads too",
  ],
];

function plainFamilies(snapshots: readonly Snapshot[]): Family[] {
  return PLAIN.map(([key, name, type, help]) => {
    const total = snapshots.reduce((sum, one) => sum + one[key], 0);
    return { name, type, help, samples: [sample(name, {}, total)] };
  });
}

/** Each worker finds out for itself who is up, so each is told apart. */
function backendFamilies(snapshots: readonly Snapshot[]): Family[] {
  const up: string[] = [];
  const requests: string[] = [];
  snapshots.forEach(({ backends }, worker) => {
    for (const { host, location, address: backend, ...state } of backends) {
      const labels = { host, location, backend, worker: String(worker) };
      up.push(sample("backend_up", labels, state.up ? 1 : 0));
      requests.push(sample("backend_requests_open", labels, state.requests));
    }
  });
  return [
    gauge("backend_up", "Whether a backend is asked", up),
    gauge("backend_requests_open", "Requests at a backend now", requests),
  ];
}

function gauge(name: string, help: string, samples: string[]): Family {
  return { name, type: "gauge", help, samples };
}

function sample(
  name: string,
  labels: Record<string, string>,
  value: number,
): string {
  const pairs = Object.entries(labels).map(([key, text]) =>
    `${key}="${escaped(text)}"`
  );
  const braces = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
  return `${PREFIX}_${name}${braces} ${value}\n`;
}

function escaped(text: string): string {
  return text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}

function textOf({ name, type, help, samples }: Family): string {
  if (samples.length === 0) return "";
  const full = `${PREFIX}_${name}`;
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${samples.join("")}`;
}
