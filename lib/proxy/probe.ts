/**
 * One question to a backend: does it answer a GET as it should? On a connection
 * of its own, so that no request's connection is spent or waited for. What it
 * says in its body does not matter.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes come in their order
import type { Clock } from "../clock.ts";
import { addressOf } from "../conf/conf.ts";
import { encode } from "../http1/bytes.ts";
import { HEAD_BYTES_MAX } from "../http1/fields.ts";
import { ResponseHead } from "../http1/response_head.ts";
import type { Dial } from "./pool.ts";
import type { ByteStream } from "./socket.ts";

/** Whom to ask what. */
export interface ProbeTarget {
  hostname: string;
  port: number;
  path: string;
}

export interface ProbeOptions {
  dial: Dial;
  clock: Clock;
  timeoutMs: number;
  /** Ends it early; what it then returns means nothing. */
  signal: AbortSignal;
}

/** Undefined where it passed, else what was wrong. */
export async function probe(
  target: ProbeTarget,
  { dial, clock, timeoutMs, signal }: ProbeOptions,
): Promise<string | undefined> {
  const late = new AbortController();
  const ended = AbortSignal.any([late.signal, signal]);
  const cancel = clock.after(timeoutMs, () => late.abort());
  let stream: ByteStream | undefined;
  try {
    const { hostname, port } = target;
    stream = await dial({ hostname, port, signal: ended });
    const status = await untilAborted(ask(stream, target), ended);
    const fine = status >= 200 && status < 400;
    return fine ? undefined : `status ${status}`;
  } catch (error) {
    if (late.signal.aborted) return `no answer within ${timeoutMs} ms`;
    return error instanceof Error ? error.message : String(error);
  } finally {
    cancel();
    stream?.close();
  }
}

/** Sends the request and reads the status of the final answer. */
async function ask(stream: ByteStream, target: ProbeTarget): Promise<number> {
  const request = encode(
    `GET ${target.path} HTTP/1.1\r\nHost: ${addressOf(target)}\r\n` +
      "User-Agent: weaprous-health-check\r\nAccept: */*\r\nConnection: close\r\n\r\n",
  );
  for (let sent = 0; sent < request.length;) {
    sent += await stream.write(request.subarray(sent));
  }
  const head = new ResponseHead();
  const bytes = new Uint8Array(HEAD_BYTES_MAX + 1);
  let from = 0;
  let to = 0;
  for (;;) {
    const next = from < to ? head.read(bytes, { from, to, method: "GET" }) : -1;
    if (next !== -1 && head.status >= 200) return head.status;
    if (next !== -1) {
      from = next;
      continue;
    }
    if (to === bytes.length) throw new Error("answer too long");
    const count = await stream.read(bytes.subarray(to));
    if (count === null) throw new Error("connection closed without an answer");
    to += count;
  }
}

/** What `outcome` becomes, or a throw as soon as `signal` is aborted. */
function untilAborted<T>(outcome: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  outcome.then(resolve, reject).finally(() =>
    signal.removeEventListener("abort", onAbort)
  );
  return promise;
}
