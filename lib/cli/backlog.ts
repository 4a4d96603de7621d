/**
 * What was said before, put in order. It comes from several holders at once, of
 * each in pages, the newest first: so it is held until no more of it is on its
 * way, for what a terminal has printed stays where it is.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Chat, Message } from "../mesh/chat.ts";
import { refKey } from "../wire/entry.ts";
import type { ChannelName } from "../wire/names.ts";

/** How long nothing more must have come. */
export const QUIET_MS = 250;
/** Where nothing comes for so long, what may still be on its way comes later. */
export const PATIENCE_MS = 3_000;
/** Messages that wait to be put in order. */
export const HELD_MAX = 20_000;

export interface BacklogParts {
  chat: Chat;
  clock: Clock;
  /** Gets them oldest first, as they read by now. */
  show(messages: Message[]): void;
}

export class Backlog {
  readonly #parts: BacklogParts;
  /** Keys of what is held, by channel. */
  readonly #held = new Map<ChannelName, Set<string>>();
  #count = 0;
  #quietMs = 0;
  #cancel = () => {};

  constructor(parts: BacklogParts) {
    this.#parts = parts;
  }

  take(channel: ChannelName, messages: readonly Message[]): void {
    if (messages.length === 0) return;
    const held = this.#held.get(channel) ?? new Set();
    this.#held.set(channel, held);
    for (const { ref } of messages) held.add(refKey(ref));
    this.#count += messages.length;
    if (this.#count >= HELD_MAX) return this.flush();
    this.#quietMs = 0;
    this.#wait();
  }

  /** Shows what is held without waiting any longer. */
  flush(): void {
    const { chat, show } = this.#parts;
    const shown = [...this.#held].flatMap(([channel, held]) =>
      chat.messages(channel).filter(({ ref }) => held.has(refKey(ref)))
    );
    this.clear();
    if (shown.length > 0) show(shown.sort((a, b) => a.at - b.at));
  }

  /** What is held is not to be shown any more. */
  clear(): void {
    this.#cancel();
    this.#held.clear();
    this.#count = 0;
  }

  #wait(): void {
    this.#cancel();
    this.#cancel = this.#parts.clock.after(QUIET_MS, () => {
      this.#quietMs += QUIET_MS;
      const isPatient = this.#quietMs < PATIENCE_MS;
      if (isPatient && this.#isMoreComing()) this.#wait();
      else this.flush();
    });
  }

  #isMoreComing(): boolean {
    const { chat } = this.#parts;
    return [...this.#held.keys()].some((channel) =>
      chat.isFetching(channel) ||
      chat.people(channel).some(({ state, problem }) =>
        state === "connecting" && problem === undefined
      )
    );
  }
}
