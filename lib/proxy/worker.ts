/**
 * One worker of several: serves in a thread of its own, as the main thread tells
 * it to. It shares nothing with the others but the ports.
 * @module
 */
import { systemClock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { messageOf } from "../service/command.ts";
import { DoorError } from "./doors.ts";
import type { Snapshot } from "./metrics.ts";
import { dialTcp } from "./server.ts";
import { LocalServing } from "./serving.ts";
import type {
  WorkerFault,
  WorkerNews,
  WorkerRequest,
} from "./worker_messages.ts";

/** What a worker's global scope has that a window's has not. */
interface WorkerScope {
  postMessage(news: WorkerNews): void;
  onmessage: (event: MessageEvent<WorkerRequest>) => void;
}

const scope = self as unknown as WorkerScope;
const tell = (news: WorkerNews) => scope.postMessage(news);

const serving = new LocalServing({
  clock: systemClock,
  random: systemRandom,
  dial: dialTcp,
  log: (line) => tell({ type: "logged", line }),
  reusePort: true,
});

async function perform(request: WorkerRequest): Promise<Snapshot | undefined> {
  switch (request.type) {
    case "prepare":
      await serving.prepare(request.order);
      return undefined;
    case "snapshot":
      return (await serving.snapshots())[0];
    case "stop":
      await serving.stop(request.drainMs);
      return undefined;
    case "commit":
      serving.commit();
      return undefined;
    case "abandon":
      serving.abandon();
  }
}

function faultOf(error: unknown): WorkerFault {
  return error instanceof DoorError
    ? { message: messageOf(error.cause), plan: error.plan }
    : { message: messageOf(error), plan: undefined };
}

scope.onmessage = async ({ data }) => {
  const id = "id" in data ? data.id : undefined;
  try {
    const snapshot = await perform(data);
    if (id !== undefined) tell({ type: "done", id, snapshot });
  } catch (error) {
    // Without an id there is nobody to answer: the worker ends, and is replaced.
    if (id === undefined) throw error;
    tell({ type: "error", id, fault: faultOf(error) });
  }
};
