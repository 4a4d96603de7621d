/**
 * What a crowd says to each other: who was shown what, how often and after how
 * long, and how many its author knows of.
 * @module
 */
import type { Bot } from "../../lib/cli/bot.ts";
import { systemClock } from "../../lib/clock.ts";
import type { Change, Delivery } from "../../lib/mesh/chat.ts";
import type { EntryRef } from "../../lib/wire/entry.ts";

interface Saying {
  /** Undefined for what was said from outside. */
  by: Bot | undefined;
  saidAt: number;
  ref?: EntryRef;
  /** How often each has been shown it. */
  shown: Map<Bot, number>;
  heard: PromiseWithResolvers<void>;
  counted: PromiseWithResolvers<void>;
}

export interface CrowdTalkOptions {
  /** Others in the channel, besides the crowd. */
  strangers?: number;
  /** All of the crowd have it, which nobody of them has said. */
  onStranger?: (text: string) => void;
}

export class CrowdTalk implements Disposable {
  readonly #bots: readonly Bot[];
  readonly #options: CrowdTalkOptions;
  readonly #sayings = new Map<string, Saying>();
  readonly #stops: (() => void)[];
  /** From being said to being shown to one of the others, ms each. */
  readonly latencies: number[] = [];

  constructor(bots: readonly Bot[], options: CrowdTalkOptions = {}) {
    this.#bots = bots;
    this.#options = options;
    this.#stops = bots.map((bot) =>
      bot.chat.listen((change) => this.#hear(bot, change))
    );
  }

  /** `text` must be new. */
  async say(by: Bot, text: string): Promise<void> {
    const saying = newSaying(by);
    this.#sayings.set(text, saying);
    saying.ref = await by.say(text);
    this.#count(saying);
  }

  /** Resolves once all of the crowd in the channel have all of it. */
  async heard(texts: Iterable<string>): Promise<void> {
    for (const text of texts) await this.#find(text).heard.promise;
  }

  /** Resolves once the authors know that everybody has it. */
  async counted(texts: Iterable<string>): Promise<void> {
    for (const text of texts) await this.#find(text).counted.promise;
  }

  /** What the author knows of who has it. */
  delivery(text: string): Delivery {
    const { by, ref } = this.#find(text);
    const nobody = { held: 0, of: 0 };
    return by && ref ? by.chat.delivery(by.channel, ref) : nobody;
  }

  /** Who lacks what, or was shown it twice. */
  faults(): string[] {
    return [...this.#sayings].flatMap(([text, { by, shown }]) =>
      by === undefined ? [] : this.#audience(by).flatMap((bot) => {
        const times = shown.get(bot) ?? 0;
        // Its author is shown it before it is signed, and once it is.
        const isRight = bot === by ? times > 0 : times === 1;
        return isRight ? [] : [`${bot.chat.self.peer}: ${times} times ${text}`];
      })
    );
  }

  /** What was said so far is not of interest any more, but from outside. */
  clear(): void {
    for (const [text, { by }] of this.#sayings) {
      if (by !== undefined) this.#sayings.delete(text);
    }
    this.latencies.length = 0;
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop();
  }

  /** Said from outside where none of the crowd has said it. */
  #find(text: string): Saying {
    const saying = this.#sayings.get(text) ?? newSaying(undefined);
    this.#sayings.set(text, saying);
    return saying;
  }

  /** The author as well: it is shown what it said. */
  #audience({ channel }: Bot): Bot[] {
    return this.#bots.filter((bot) => bot.channel === channel);
  }

  #hear(bot: Bot, change: Change): void {
    if (change.type === "delivery-changed") {
      for (const saying of this.#sayings.values()) {
        if (saying.by === bot) this.#count(saying);
      }
    }
    if (change.type !== "messages-changed") return;
    for (const { text } of change.added) this.#shown(bot, text);
  }

  #shown(bot: Bot, text: string): void {
    const { by, saidAt, shown, heard } = this.#find(text);
    if (by !== undefined && by !== bot) {
      this.latencies.push(performance.now() - saidAt);
    }
    shown.set(bot, (shown.get(bot) ?? 0) + 1);
    if (shown.size < this.#audience(bot).length) return;
    heard.resolve();
    if (by === undefined) this.#options.onStranger?.(text);
  }

  #count({ by, ref, counted }: Saying): void {
    if (by === undefined || ref === undefined) return;
    const { held } = by.chat.delivery(by.channel, ref);
    const { strangers = 0 } = this.#options;
    if (held >= this.#audience(by).length - 1 + strangers) counted.resolve();
  }
}

function newSaying(by: Bot | undefined): Saying {
  return {
    by,
    saidAt: performance.now(),
    shown: new Map(),
    heard: Promise.withResolvers(),
    counted: Promise.withResolvers(),
  };
}

/** Whether `promise` settled before `ms` were over. */
export async function inTime(
  promise: Promise<unknown>,
  ms: number,
): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const cancel = systemClock.after(ms, () => late.resolve(false));
  try {
    return await Promise.race([promise.then(() => true), late.promise]);
  } finally {
    cancel();
  }
}

/** The value that `share` of them do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return sorted[at] ?? NaN;
}
