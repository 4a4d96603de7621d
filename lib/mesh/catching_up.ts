/**
 * Holds back what is written in a channel after a start until those linked have
 * told what they hold of this device's log, and have given back what its store
 * has lost: a power cut may cost a store the last entries that were sent, and to
 * write others in their place would fork the log. Bounded: where nobody comes,
 * or nobody has what somebody claims to hold, the log goes on from what is here.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { ChannelName } from "../wire/names.ts";
import { Timers } from "./timers.ts";

/** From the moment at which others can be met; a link takes a part of it. */
export const CATCH_UP_MS = 3_000;

export interface CatchingUpParts {
  clock: Clock;
  /** Whether nobody within reach can have more of our log. */
  isCaughtUp(channel: ChannelName): boolean;
}

interface Wait {
  over: PromiseWithResolvers<void>;
  timers: Timers;
}

export class CatchingUp {
  readonly #parts: CatchingUpParts;
  readonly #waits = new Map<ChannelName, Wait>();
  #isMeeting = false;

  constructor(parts: CatchingUpParts) {
    this.#parts = parts;
  }

  /** We are in `channel` from now on. */
  begin(channel: ChannelName): void {
    const timers = new Timers(this.#parts.clock);
    this.#waits.set(channel, { over: Promise.withResolvers(), timers });
    if (this.#isMeeting) this.#limit(channel);
  }

  /** Others can be met from now on. */
  meet(): void {
    if (this.#isMeeting) return;
    this.#isMeeting = true;
    for (const channel of this.#waits.keys()) this.#limit(channel);
  }

  /** Resolves once something may be written in `channel`. */
  async over(channel: ChannelName): Promise<void> {
    await this.#waits.get(channel)?.over.promise;
  }

  /** Something has changed that may have ended a wait. */
  check(): void {
    for (const channel of [...this.#waits.keys()]) {
      if (this.#parts.isCaughtUp(channel)) this.end(channel);
    }
  }

  end(channel: ChannelName): void {
    const wait = this.#waits.get(channel);
    this.#waits.delete(channel);
    wait?.timers.clear();
    wait?.over.resolve();
  }

  /** What waits is not written any more. */
  stop(): void {
    for (const { timers } of this.#waits.values()) timers.clear();
  }

  #limit(channel: ChannelName): void {
    this.#waits.get(channel)?.timers.after(
      CATCH_UP_MS,
      () => this.end(channel),
    );
  }
}
