/**
 * Tells linked members of a channel who our other links in it are, whenever
 * that has changed. Pure.
 * @module
 */
import type { ChannelName, PeerId } from "../wire/names.ts";
import { NEIGHBOURS_MAX, type NeighboursChanged } from "../wire/overlay.ts";
import type { Rooms } from "./rooms.ts";

/** New neighbours are told together, so long after the first. */
export const TELL_DELAY_MS = 200;

export class NeighbourNews {
  readonly #rooms: Rooms;
  readonly #untold = new Set<ChannelName>();
  dueAt = Infinity;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  changed(channel: ChannelName, now: number): void {
    if (!this.#rooms.has(channel)) return;
    this.#untold.add(channel);
    this.dueAt = Math.min(this.dueAt, now + TELL_DELAY_MS);
  }

  forget(channel: ChannelName): void {
    this.#untold.delete(channel);
  }

  tick(
    now: number,
  ): { type: "send"; to: PeerId; message: NeighboursChanged }[] {
    if (this.dueAt > now) return [];
    this.dueAt = Infinity;
    const untold = [...this.#untold];
    this.#untold.clear();
    return untold.flatMap((channel) => {
      const linked = this.#rooms.linked(channel);
      const peers = linked.slice(0, NEIGHBOURS_MAX)
        .map(({ peer, user }) => ({ peer, user }));
      const spare = this.#rooms.hasSpare(channel);
      const message: NeighboursChanged = {
        type: "neighbours-changed",
        channel,
        peers,
        spare,
      };
      return linked.map(({ peer }) => ({
        type: "send" as const,
        to: peer,
        message,
      }));
    });
  }

  /** The clock was set back by `ms`. */
  shift(ms: number): void {
    this.dueAt -= ms;
  }
}
