/**
 * The seam for whoever watches requests go by: access log, metrics, traces. The
 * data plane fills in one record for each client connection, tells the observer
 * when a request begins and when it is over, and uses the record again for the
 * next; so a request costs an observer no allocation unless it makes one itself.
 * It is called on the hot path: count, format and buffer here, write elsewhere.
 * @module
 */
import type { RequestHead } from "../http1/request_head.ts";

/** The status of a request whose client left before it was answered (nginx's). */
export const STATUS_CLIENT_GONE = 499;

/** How a client came in. */
export type Scheme = "http" | "https";

/** One request, from the head's last byte to the end of its answer. */
export class RequestRecord {
  /** The address at the other end of the connection, without its port. */
  readonly peer: string;
  readonly scheme: Scheme;
  /** Who asked, as a trusted proxy tells; else the same. */
  clientAddress: string;
  /** Empty where what came was no request. */
  method = "";
  /** As it came, in origin form; latin1, so every character is one byte. */
  target = "";
  /** The authority asked for, in lower case. */
  host = "";
  /** The pattern of the host's block in the conf, or empty where none fits. */
  site = "";
  /** Whether the client speaks HTTP/2. */
  readonly http2: boolean;
  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  minor = 1;
  /** When the head was complete, in milliseconds since the epoch. */
  startedMs = 0;
  /** The host:port last asked, or empty where none was. */
  backend = "";
  /** How many connections to backends the request was sent on. */
  tries = 0;
  /** When the answer's head was complete, or 0 where none came. */
  answeredMs = 0;
  /** The answer's status, or STATUS_CLIENT_GONE. */
  status = 0;
  /** Bytes of the request's body that were read, as its payload. */
  bodyBytesReceived = 0;
  /** Bytes sent to the client: heads, bodies and their framing. */
  bytesSent = 0;
  /** When it was over. */
  endedMs = 0;
  /** Whether the answer went out to its end. */
  complete = false;
  /** Whether it became a WebSocket, which ends with its tunnel. */
  tunnelled = false;
  /** The observer's own, from requestStarted to requestEnded. */
  note: unknown = undefined;

  constructor(
    { peer, scheme, http2 = false }: {
      peer: string;
      scheme: Scheme;
      http2?: boolean;
    },
  ) {
    this.http2 = http2;
    this.peer = peer;
    this.scheme = scheme;
    this.clientAddress = peer;
  }

  /** A new request; `head` is undefined for bytes that were none. */
  start(head: RequestHead | undefined, nowMs: number): void {
    this.clientAddress = this.peer;
    this.method = head?.method ?? "";
    this.target = head?.target ?? "";
    this.host = head?.host ?? "";
    this.site = "";
    this.minor = head?.minor ?? 1;
    this.startedMs = nowMs;
    this.backend = "";
    this.tries = 0;
    this.answeredMs = 0;
    this.status = 0;
    this.bodyBytesReceived = 0;
    this.bytesSent = 0;
    this.endedMs = 0;
    this.complete = false;
    this.tunnelled = false;
    this.note = undefined;
  }
}

/** Is told; decides nothing. What it throws would end the client's connection. */
export interface Observer {
  connectionOpened(): void;
  connectionClosed(): void;
  /**
   * A head has been read. `head` and its fields may be read during this call
   * only: the bytes that they lie in are used again. Not called for what was no
   * request.
   */
  requestStarted(record: RequestRecord, head: RequestHead): void;
  /** It is over, answered or not; the record is filled in and used again soon. */
  requestEnded(record: RequestRecord): void;
}

/** Watches nothing. */
export const NO_OBSERVER: Observer = Object.freeze({
  connectionOpened() {},
  connectionClosed() {},
  requestStarted() {},
  requestEnded() {},
});
