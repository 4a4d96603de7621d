/**
 * The observer of the running proxy: access log and metrics, each only where the
 * conf asks for it.
 * @module
 */
import type { RequestHead } from "../http1/request_head.ts";
import type { Heard } from "./access_line.ts";
import type { AccessLog } from "./access_log.ts";
import type { Metrics } from "./metrics.ts";
import type { Observer, RequestRecord } from "./observer.ts";

const NOTHING_HEARD: Heard = { referer: "", userAgent: "" };

/** Hands each request to those who want it. */
export class Watch implements Observer {
  readonly #accessLog: AccessLog;
  readonly #metrics: Metrics;

  constructor(accessLog: AccessLog, metrics: Metrics) {
    this.#accessLog = accessLog;
    this.#metrics = metrics;
  }

  connectionOpened(): void {
    this.#metrics.connectionOpened();
  }

  connectionClosed(): void {
    this.#metrics.connectionClosed();
  }

  requestStarted(record: RequestRecord, head: RequestHead): void {
    this.#metrics.requestStarted();
    if (this.#accessLog.isOpen) record.note = this.#accessLog.hear(head);
  }

  requestEnded(record: RequestRecord): void {
    this.#metrics.requestEnded(record);
    if (!this.#accessLog.isOpen) return;
    const heard = record.note as Heard | undefined;
    this.#accessLog.add(record, heard ?? NOTHING_HEARD);
  }
}
