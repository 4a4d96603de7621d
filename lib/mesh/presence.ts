/**
 * Who is in a channel and has what was said there, by what the links say and by
 * what the history does. Worked out once for all that is asked until it may be
 * different.
 * @module
 */
import type { EntryRef } from "../wire/entry.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { Delivery, Person } from "./chat.ts";
import type { Connections } from "./connections.ts";
import type { History } from "./history.ts";

export interface PresenceParts {
  history: Pick<History, "members" | "deviceOf" | "holders">;
  connections: Pick<Connections, "people" | "sizeOf">;
}

export class Presence {
  readonly #parts: PresenceParts;
  readonly #present = new Map<ChannelName, ReadonlySet<PeerId>>();

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  /** Who is here, or how they are reached, may be different now. */
  changed(): void {
    this.#present.clear();
  }

  people(channel: ChannelName): Person[] {
    const { history, connections } = this.#parts;
    const members = history.members(channel);
    return connections.people(channel, members).map((person) => {
      const device = history.deviceOf(person.peer);
      return device === undefined ? person : { ...person, device };
    });
  }

  /** How many are in `channel` besides ourselves. */
  countOf(channel: ChannelName): number {
    const others = this.#parts.connections.sizeOf(channel) - 1;
    return Math.max(this.people(channel).length, others);
  }

  delivery(channel: ChannelName, ref: EntryRef): Delivery {
    const { history, connections } = this.#parts;
    const { now, most } = history.holders(channel, ref);
    const held = Math.max(now.size, most);
    const everyone = new Set([...now, ...this.#presentIn(channel)]);
    // Of a large channel only some are known by name.
    const others = connections.sizeOf(channel) - 1;
    return { held, of: Math.max(held, everyone.size, others) };
  }

  #presentIn(channel: ChannelName): ReadonlySet<PeerId> {
    let present = this.#present.get(channel);
    if (present === undefined) {
      const people = this.people(channel);
      const here = people.filter(({ state }) => state !== "away");
      present = new Set(here.map(({ peer }) => peer));
      this.#present.set(channel, present);
    }
    return present;
  }
}
