/**
 * The ports that clients come in by, opened and closed as a set: either all that
 * a new conf asks for are there, or nothing has changed. It knows no HTTP.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- connections are accepted one by one
import type { Clock } from "../clock.ts";

/** Out of file descriptors, say: look again after so long. */
const ACCEPT_PAUSE_MS = 100;

/** What is spoken behind a port. */
export type DoorKind = "plain" | "tls" | "http2";

export interface DoorPlan {
  hostname: string;
  /** 0 for any free one. */
  port: number;
  kind: DoorKind;
}

/** A port that could not be opened, and why. */
export class DoorError extends Error {
  override name = "DoorError";
  readonly plan: DoorPlan;

  constructor(plan: DoorPlan, cause: unknown) {
    super(`Cannot listen on ${plan.hostname}:${plan.port}`, { cause });
    this.plan = plan;
  }
}

export interface DoorsParts {
  clock: Clock;
  log: (line: string) => void;
  /** Several processes or threads share each port. */
  reusePort: boolean;
  onConnection: (stream: Deno.TcpConn, kind: DoorKind) => void;
}

/** A change that is ready: one of the two is to be called. */
export interface Prepared {
  commit(): void;
  abandon(): void;
}

interface Door {
  readonly listener: Deno.TcpListener;
  plan: DoorPlan;
  closed: boolean;
}

/** All open doors. */
export class Doors {
  readonly #parts: DoorsParts;
  #open: Door[] = [];

  constructor(parts: DoorsParts) {
    this.#parts = parts;
  }

  /** Opens one more, and returns its port. Throws a DoorError. */
  open(plan: DoorPlan): number {
    const door = this.#listen(plan);
    this.#open.push(door);
    this.#acceptAll(door);
    return door.listener.addr.port;
  }

  /** Opens what `plans` ask for beyond what is open; throws a DoorError. */
  prepare(plans: readonly DoorPlan[]): Prepared {
    const kept = new Map<Door, DoorPlan>();
    const opened: Door[] = [];
    const abandon = () => opened.forEach(shut);
    try {
      for (const plan of plans) {
        const there = this.#open.find((door) =>
          isAt(door, plan) && !kept.has(door)
        );
        if (there === undefined) opened.push(this.#listen(plan));
        else kept.set(there, plan);
      }
    } catch (error) {
      abandon();
      throw error;
    }
    const commit = () => {
      for (const door of this.#open) {
        const plan = kept.get(door);
        if (plan === undefined) shut(door);
        else door.plan = plan;
      }
      this.#open = [...kept.keys(), ...opened];
      for (const door of opened) this.#acceptAll(door);
    };
    return { commit, abandon };
  }

  /** Where clients come in now, with the port that port 0 became. */
  get addresses(): DoorPlan[] {
    return this.#open.map(({ plan, listener }) => ({
      ...plan,
      port: listener.addr.port,
    }));
  }

  close(): void {
    this.#open.forEach(shut);
    this.#open = [];
  }

  #listen(plan: DoorPlan): Door {
    const { hostname, port } = plan;
    const { reusePort } = this.#parts;
    // The option itself is unstable: leave it out where nobody needs it.
    const options = reusePort
      ? { hostname, port, reusePort }
      : { hostname, port };
    try {
      return { listener: Deno.listen(options), plan, closed: false };
    } catch (error) {
      throw new DoorError(plan, error);
    }
  }

  async #acceptAll(door: Door): Promise<void> {
    const { clock, log, onConnection } = this.#parts;
    while (!door.closed) {
      try {
        onConnection(await door.listener.accept(), door.plan.kind);
      } catch (error) {
        if (door.closed) return;
        log(`cannot accept a connection: ${error}`);
        await new Promise<void>((resolve) =>
          clock.after(ACCEPT_PAUSE_MS, resolve)
        );
      }
    }
  }
}

function shut(door: Door): void {
  if (door.closed) return;
  door.closed = true;
  door.listener.close();
}

/** Whether `door` is what `plan` asks for; a port 0 is kept, whatever it became. */
function isAt({ plan, listener }: Door, { hostname, port }: DoorPlan): boolean {
  return plan.hostname === hostname &&
    (plan.port === port || listener.addr.port === port);
}
