/**
 * What the main thread and its workers say to each other.
 * @module
 */
import type { DoorPlan } from "./doors.ts";
import type { ServiceOrder } from "./load_service.ts";
import type { Snapshot } from "./metrics.ts";

/** Main thread -> worker; each but the two without an id is answered. */
export type WorkerRequest =
  | { type: "prepare"; id: number; order: ServiceOrder }
  | { type: "snapshot"; id: number }
  | { type: "stop"; id: number; drainMs: number }
  | { type: "commit" }
  | { type: "abandon" };

/** Why a worker could not do it; `plan` where a door could not be opened. */
export interface WorkerFault {
  message: string;
  plan: DoorPlan | undefined;
}

/** Worker -> main thread. */
export type WorkerNews =
  | { type: "done"; id: number; snapshot: Snapshot | undefined }
  | { type: "error"; id: number; fault: WorkerFault }
  | { type: "logged"; line: string };
