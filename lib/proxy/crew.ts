/**
 * Several workers that serve the same order on the same ports: all take a new
 * one or none does, and one that dies is started anew. They share nothing; the
 * system hands each connection to one of them.
 * @module
 */
import type { Clock } from "../clock.ts";
import { type DoorPlan, Doors } from "./doors.ts";
import type { ServiceOrder } from "./load_service.ts";
import type { Snapshot } from "./metrics.ts";
import type { Serving } from "./serving.ts";
import type { ThreadServing } from "./thread_serving.ts";

/** Before one that died is started anew; doubled with each death in a row. */
const RESTART_MS = 250;
const RESTART_MS_MAX = 30_000;
/** A worker that has lived so long has died of something else. */
const QUIET_MS = 60_000;
/** A worker that does not tell its counts in time is left out. */
const SNAPSHOT_MS = 2_000;

export interface CrewParts {
  size: number;
  clock: Clock;
  log: (line: string) => void;
  /** Starts the worker of this number. */
  newWorker: (number: number) => ThreadServing;
}

interface Member {
  number: number;
  serving: ThreadServing;
  bornMs: number;
  deaths: number;
  /** Its way to the order that holds, where it came later than the others. */
  catchingUp: Promise<void>;
}

/** All workers of one proxy. */
export class Crew implements Serving {
  readonly #parts: CrewParts;
  readonly #members = new Map<number, Member>();
  readonly #restarts = new Set<() => void>();
  #order: ServiceOrder | undefined;
  #prepared: ServiceOrder | undefined;
  /** Those who are ready for it. */
  #ready = new Set<ThreadServing>();
  #stopping = false;

  constructor(parts: CrewParts) {
    this.#parts = parts;
  }

  /** Where clients come in. */
  get addresses(): DoorPlan[] {
    return this.#order?.doors ?? [];
  }

  async prepare(ordered: ServiceOrder): Promise<void> {
    const order = { ...ordered, doors: this.#claim(ordered.doors) };
    if (this.#order === undefined) this.#hire();
    const prepared = await Promise.allSettled(
      this.#all((serving) => serving.prepare(order)),
    );
    const refused = prepared.find(({ status }) => status === "rejected");
    if (refused?.status === "rejected") {
      this.abandon();
      throw refused.reason;
    }
    this.#prepared = order;
    this.#ready = new Set(this.#all((serving) => serving));
  }

  commit(): void {
    this.#order = this.#prepared ?? this.#order;
    this.#prepared = undefined;
    for (const member of this.#members.values()) {
      if (this.#ready.has(member.serving)) member.serving.commit();
      else this.#catchUp(member);
    }
  }

  abandon(): void {
    this.#prepared = undefined;
    this.#all((serving) => serving.abandon());
  }

  async snapshots(): Promise<Snapshot[]> {
    const late = Promise.withResolvers<Snapshot[]>();
    const cancel = this.#parts.clock.after(SNAPSHOT_MS, () => late.resolve([]));
    const told = await Promise.all(
      this.#all((serving) =>
        Promise.race([serving.snapshots().catch(() => []), late.promise])
      ),
    );
    cancel();
    return told.flat();
  }

  async stop(drainMs: number): Promise<void> {
    this.#stopping = true;
    for (const cancel of this.#restarts) cancel();
    await Promise.allSettled(this.#all((serving) => serving.stop(drainMs)));
  }

  #all<T>(act: (serving: ThreadServing) => T): T[] {
    return [...this.#members.values()].map(({ serving }) => act(serving));
  }

  /**
   * Workers share ports, and so would another program of the same user without
   * being noticed: hence each new port is first held alone. Throws a DoorError.
   */
  #claim(doors: readonly DoorPlan[]): DoorPlan[] {
    const { clock, log } = this.#parts;
    const onConnection = (stream: Deno.TcpConn) => stream.close();
    const held = new Doors({ clock, log, reusePort: false, onConnection });
    const before = this.addresses;
    const known = (door: DoorPlan) =>
      before.find(({ hostname, port }) =>
        hostname === door.hostname && port === door.port
      );
    try {
      return doors.map((door, at) => {
        if (known(door) !== undefined) return door;
        // Port 0 stays what it became at the start.
        const kept = door.port === 0 ? before[at] : undefined;
        return { ...door, port: kept?.port ?? held.open(door) };
      });
    } finally {
      held.close();
    }
  }

  #hire(): void {
    for (let number = 1; number <= this.#parts.size; number++) {
      this.#follow(number, 0);
    }
  }

  /** Starts a worker, and sees to it when it dies. */
  #follow(number: number, deaths: number): Member {
    const { clock, newWorker } = this.#parts;
    const serving = newWorker(number);
    const catchingUp = Promise.resolve();
    const bornMs = clock.now();
    const member = { number, serving, bornMs, deaths, catchingUp };
    this.#members.set(number, member);
    serving.ended.then((reason) => this.#died(member, reason));
    return member;
  }

  #died({ number, bornMs, deaths }: Member, reason: string): void {
    if (this.#stopping) return;
    this.#members.delete(number);
    const { clock, log } = this.#parts;
    const inARow = clock.now() - bornMs < QUIET_MS ? deaths : 0;
    const delayMs = Math.min(RESTART_MS * 2 ** inARow, RESTART_MS_MAX);
    log(`worker ${number} ended (${reason}); starting it anew`);
    const cancel = clock.after(delayMs, () => {
      this.#restarts.delete(cancel);
      this.#catchUp(this.#follow(number, inARow + 1));
    });
    this.#restarts.add(cancel);
  }

  /** Brings one that came late to the order that holds, one step at a time. */
  #catchUp(member: Member): void {
    const { serving, number } = member;
    const { log } = this.#parts;
    member.catchingUp = member.catchingUp.then(async () => {
      const order = this.#order;
      if (order === undefined) return;
      try {
        await serving.prepare(order);
        serving.commit();
        log(`worker ${number} serves`);
      } catch (error) {
        log(`worker ${number} cannot serve: ${error}`);
        serving.kill();
      }
    });
  }
}
