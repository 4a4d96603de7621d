/**
 * The channels a person can choose from: those joined, and those the tracker
 * last told of.
 * @module
 */
import { type ChannelName, DEFAULT_CHANNEL } from "../wire/names.ts";
import type { ChannelInfo } from "../wire/tracker_api.ts";
import type { ChannelView } from "./chat.ts";

export class ChannelList {
  readonly joined = new Set<ChannelName>();
  readonly #listed = new Map<ChannelName, number>();

  /** The tracker's whole list. */
  replace(channels: ChannelInfo[]): void {
    this.#listed.clear();
    for (const { channel, peers } of channels) this.#listed.set(channel, peers);
  }

  /** Somebody created it, and is in it. */
  add(channel: ChannelName): void {
    if (!this.#listed.has(channel)) this.#listed.set(channel, 1);
  }

  /** #general first, then by name; `othersIn` counts those in joined ones. */
  views(othersIn: (channel: ChannelName) => number): ChannelView[] {
    const names = new Set([...this.joined, ...this.#listed.keys()]);
    const views = [...names].map((channel) => {
      const joined = this.joined.has(channel);
      const listed = this.#listed.get(channel) ?? 0;
      return {
        channel,
        joined,
        peers: joined ? othersIn(channel) + 1 : listed,
      };
    });
    return views.sort(byRank);
  }
}

function byRank(a: ChannelView, b: ChannelView): number {
  if (a.channel === DEFAULT_CHANNEL) return -1;
  if (b.channel === DEFAULT_CHANNEL) return 1;
  return a.channel.localeCompare(b.channel);
}
