/**
 * One that serves in another thread, seen from this one.
 * @module
 */
import { DoorError } from "./doors.ts";
import type { ServiceOrder } from "./load_service.ts";
import type { Snapshot } from "./metrics.ts";
import type { Serving } from "./serving.ts";
import type { WorkerNews, WorkerRequest } from "./worker_messages.ts";

interface Awaited {
  done: (snapshot: Snapshot | undefined) => void;
  failed: (error: Error) => void;
}

type Asking = WorkerRequest extends infer R
  ? R extends { id: number } ? Omit<R, "id"> : never
  : never;

/** A worker; `ended` resolves with why it is no more. */
export class ThreadServing implements Serving {
  readonly ended: Promise<string>;
  readonly #worker: Worker;
  readonly #awaited = new Map<number, Awaited>();
  readonly #over = Promise.withResolvers<string>();
  #lastId = 0;

  constructor(worker: Worker, log: (line: string) => void) {
    this.#worker = worker;
    this.ended = this.#over.promise;
    worker.onmessage = ({ data }: MessageEvent<WorkerNews>) => {
      if (data.type === "logged") log(data.line);
      else this.#answered(data);
    };
    worker.onerror = (event) => {
      // Else it would end this thread, too.
      event.preventDefault();
      // So that the system hands it no further connection.
      worker.terminate();
      this.#end(event.message);
    };
  }

  async prepare(order: ServiceOrder): Promise<void> {
    await this.#ask({ type: "prepare", order });
  }

  commit(): void {
    this.#send({ type: "commit" });
  }

  abandon(): void {
    this.#send({ type: "abandon" });
  }

  async snapshots(): Promise<Snapshot[]> {
    const snapshot = await this.#ask({ type: "snapshot" });
    return snapshot === undefined ? [] : [snapshot];
  }

  async stop(drainMs: number): Promise<void> {
    await this.#ask({ type: "stop", drainMs });
    this.kill();
  }

  /** Ends it at once. */
  kill(): void {
    this.#worker.terminate();
    this.#end("stopped");
  }

  #ask(request: Asking): Promise<Snapshot | undefined> {
    const id = ++this.#lastId;
    return new Promise((done, failed) => {
      this.#awaited.set(id, { done, failed });
      this.#send({ ...request, id });
    });
  }

  #send(request: WorkerRequest): void {
    this.#worker.postMessage(request);
  }

  #answered(news: Exclude<WorkerNews, { type: "logged" }>): void {
    const awaited = this.#awaited.get(news.id);
    this.#awaited.delete(news.id);
    if (news.type === "done") return awaited?.done(news.snapshot);
    const { message, plan } = news.fault;
    const cause = new Error(message);
    awaited?.failed(plan === undefined ? cause : new DoorError(plan, cause));
  }

  #end(reason: string): void {
    for (const { failed } of this.#awaited.values()) {
      failed(new Error(`A worker has ended: ${reason}`));
    }
    this.#awaited.clear();
    this.#over.resolve(reason);
  }
}
