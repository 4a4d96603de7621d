import assert from "node:assert/strict";
import { exposition } from "../../lib/proxy/exposition.ts";
import { Metrics } from "../../lib/proxy/metrics.ts";
import { RequestRecord } from "../../lib/proxy/observer.ts";
import { parseExposition, valueOf } from "./parse_exposition.ts";

const P = "weaprous_proxy";

function recordOf(fields: Partial<RequestRecord>): RequestRecord {
  const record = new RequestRecord({ peer: "192.0.2.7", scheme: "http" });
  return Object.assign(record, {
    method: "GET",
    site: "chat.lan",
    status: 200,
    startedMs: 1_000,
    endedMs: 1_020,
    tries: 1,
    ...fields,
  });
}

function serve(metrics: Metrics, fields: Partial<RequestRecord>): void {
  metrics.requestStarted();
  metrics.requestEnded(recordOf(fields));
}

function pageOf(...counted: Metrics[]): string {
  const snapshots = counted.map((metrics) => metrics.snapshot([], 0));
  return exposition(snapshots, { reloadSucceeded: true });
}

Deno.test("metrics count by host and class, and a client that left as 499", () => {
  const metrics = new Metrics();
  serve(metrics, {});
  serve(metrics, { status: 304 });
  serve(metrics, { status: 499, tries: 3 });
  serve(metrics, { status: 502, site: "*", tries: 2 });
  const page = parseExposition(pageOf(metrics));
  const requests = (host: string, status: string) =>
    valueOf(page, `${P}_requests_total`, { host, status });
  assert.equal(requests("chat.lan", "2xx"), 1);
  assert.equal(requests("chat.lan", "3xx"), 1);
  assert.equal(requests("chat.lan", "4xx"), 1);
  assert.equal(requests("*", "5xx"), 1);
  assert.equal(valueOf(page, `${P}_retries_total`), 3);
  assert.equal(valueOf(page, `${P}_requests_open`), 0);
});

Deno.test("durations are counted up to and with their bound", () => {
  const metrics = new Metrics();
  for (const durationMs of [0, 25, 26, 70_000]) {
    serve(metrics, { startedMs: 0, endedMs: durationMs });
  }
  const page = parseExposition(pageOf(metrics));
  const name = `${P}_request_duration_seconds`;
  const below = (le: string) => valueOf(page, `${name}_bucket`, { le });
  assert.deepEqual(
    ["0.001", "0.025", "0.05", "60", "+Inf"].map(below),
    [1, 2, 3, 3, 4],
  );
  assert.equal(valueOf(page, `${name}_sum`), 70.051);
});

Deno.test("what is under way shows, and a WebSocket is no slow request", () => {
  const metrics = new Metrics();
  metrics.connectionOpened();
  metrics.connectionOpened();
  metrics.connectionClosed();
  metrics.requestStarted();
  serve(metrics, { status: 101, tunnelled: true, endedMs: 9_000_000 });
  const page = parseExposition(pageOf(metrics));
  assert.equal(valueOf(page, `${P}_connections_open`), 1);
  assert.equal(valueOf(page, `${P}_connections_total`), 2);
  assert.equal(valueOf(page, `${P}_requests_open`), 1);
  assert.equal(valueOf(page, `${P}_websockets_total`), 1);
  assert.equal(valueOf(page, `${P}_request_duration_seconds_count`), 0);
});

Deno.test("the counts of several workers are one sum", () => {
  const [one, other] = [new Metrics(), new Metrics()];
  serve(one, { bytesSent: 10 });
  serve(other, { bytesSent: 5 });
  serve(other, { site: "b.lan" });
  const page = parseExposition(pageOf(one, other));
  const host = { host: "chat.lan", status: "2xx" };
  assert.equal(valueOf(page, `${P}_requests_total`, host), 2);
  assert.equal(valueOf(page, `${P}_sent_bytes_total`), 15);
  assert.equal(valueOf(page, `${P}_workers`), 2);
});

Deno.test("bytes that were no request are counted, and nothing goes below zero", () => {
  const metrics = new Metrics();
  metrics.requestEnded(recordOf({ method: "", site: "", status: 400 }));
  const page = parseExposition(pageOf(metrics));
  assert.equal(
    valueOf(page, `${P}_requests_total`, { host: "", status: "4xx" }),
    1,
  );
  assert.equal(valueOf(page, `${P}_requests_open`), 0);
});
