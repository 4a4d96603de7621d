/**
 * How many messages of each channel were not seen yet, and the first of them.
 * Does not know what counts as seen.
 * @module
 */
import { computed, signal } from "@preact/signals";
import type { Message } from "../mesh/chat.ts";
import type { ChannelName } from "../wire/names.ts";
import { keyOf } from "./timeline.ts";

/** Messages of one channel that were not seen yet. */
interface Unseen {
  count: number;
  firstKey: string;
}

/** Bounded by the channels that a page can join. */
export class Unread {
  readonly #channels = signal<ReadonlyMap<ChannelName, Unseen>>(new Map());
  readonly total = computed(() =>
    [...this.#channels.value.values()].reduce(
      (sum, { count }) => sum + count,
      0,
    )
  );

  countOf(channel: ChannelName): number {
    return this.#channels.value.get(channel)?.count ?? 0;
  }

  /** Names the message to put the "new" line above. */
  firstKeyOf(channel: ChannelName): string | undefined {
    return this.#channels.value.get(channel)?.firstKey;
  }

  add(channel: ChannelName, messages: readonly Message[]): void {
    const [first] = messages;
    if (first === undefined) return;
    const before = this.#channels.value.get(channel);
    const unseen = {
      count: (before?.count ?? 0) + messages.length,
      firstKey: before?.firstKey ?? keyOf(first),
    };
    this.#channels.value = new Map(this.#channels.value).set(channel, unseen);
  }

  clear(channel: ChannelName): void {
    if (!this.#channels.value.has(channel)) return;
    const channels = new Map(this.#channels.value);
    channels.delete(channel);
    this.#channels.value = channels;
  }
}
