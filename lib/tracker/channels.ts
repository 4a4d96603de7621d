/**
 * Which channels there are and who is in them. Pure: knows members and times it
 * is given, not sessions, sockets or expiry of peers.
 * @module
 */
import type { Random } from "../random.ts";
import {
  type ChannelName,
  DEFAULT_CHANNEL,
  type PeerId,
} from "../wire/names.ts";
import {
  type ChannelInfo,
  CHANNELS_MAX,
  CHANNELS_PER_PEER_MAX,
  PEERS_PER_REPLY_MAX,
  type Roster,
} from "../wire/tracker_api.ts";
import { WireError } from "../wire/wire_error.ts";

/** A channel that nobody was in for this long is forgotten. */
export const CHANNEL_IDLE_MS = 24 * 60 * 60 * 1000;
/**
 * In a larger channel a random sample of this size hears who came and left: what
 * a coming costs does not grow with the channel. The others meet the newcomer
 * through each other, and hear with their next heartbeat how many there are.
 */
export const AUDIENCE_MAX = 100;

/** What a channel knows of a peer. */
export interface Member {
  readonly id: PeerId;
  readonly user: string;
  /** The channels it is in, with its index in their `members`. */
  readonly places: Map<Channel, number>;
}

/** Members stand in an array, so that a random sample costs its own size. */
export interface Channel {
  readonly name: ChannelName;
  readonly members: Member[];
  /** When the last member left. */
  emptySince: number;
}

/** `count` of the items by chance, all of them where there are fewer. */
export function sample<T>(
  items: readonly T[],
  count: number,
  random: Random,
): T[] {
  if (items.length <= count) return items.slice();
  // Floyd's algorithm: every subset is equally likely, in `count` draws.
  const chosen = new Set<number>();
  for (let last = items.length - count; last < items.length; last++) {
    const at = Math.floor(random() * (last + 1));
    chosen.add(chosen.has(at) ? last : at);
  }
  return Array.from(chosen, (at) => items[at] as T);
}

export class Channels {
  readonly #channels = new Map<ChannelName, Channel>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.create(DEFAULT_CHANNEL, 0);
  }

  get size(): number {
    return this.#channels.size;
  }

  get full(): boolean {
    return this.size >= CHANNELS_MAX;
  }

  /** The channel called `name`, if there is one. */
  find(name: ChannelName): Channel | undefined {
    return this.#channels.get(name);
  }

  /** The channel called `name`; WireError `unknown-channel` otherwise. */
  get(name: ChannelName): Channel {
    const channel = this.find(name);
    if (channel !== undefined) return channel;
    throw new WireError("unknown-channel", `There is no channel "${name}"`);
  }

  /** Adds a channel; the caller has seen that there is none of that name. */
  create(name: ChannelName, now: number): Channel {
    if (this.full) {
      throw new WireError(
        "channel-limit",
        `Cannot create "${name}": there are ${CHANNELS_MAX} channels already`,
      );
    }
    const channel: Channel = { name, members: [], emptySince: now };
    this.#channels.set(name, channel);
    return channel;
  }

  /** Whether `member` is in it only now; WireError above its limit. */
  join(channel: Channel, member: Member): boolean {
    if (member.places.has(channel)) return false;
    this.checkLimit(member, channel.name);
    member.places.set(channel, channel.members.length);
    channel.members.push(member);
    return true;
  }

  /** Whether `member` is in as many channels as a peer may be. */
  atLimit(member: Member): boolean {
    return member.places.size >= CHANNELS_PER_PEER_MAX;
  }

  /** WireError unless `member` may be in one more channel. */
  checkLimit(member: Member, name: ChannelName): void {
    if (!this.atLimit(member)) return;
    throw new WireError(
      "channel-limit",
      `Cannot join "${name}": a peer may be in ${CHANNELS_PER_PEER_MAX} channels`,
    );
  }

  /** Whether `member` was in it until now. */
  leave(channel: Channel, member: Member, now: number): boolean {
    const place = member.places.get(channel);
    if (place === undefined) return false;
    member.places.delete(channel);
    // The last member takes the free place, so that leaving costs the same in
    // any channel.
    const last = channel.members.pop();
    if (last !== undefined && last !== member) {
      channel.members[place] = last;
      last.places.set(channel, place);
    }
    if (channel.members.length === 0) channel.emptySince = now;
    return true;
  }

  /** Who is told of a coming or going: the members without `member`. */
  audience(channel: Channel, member: Member): PeerId[] {
    return sample(channel.members, AUDIENCE_MAX + 1, this.#random)
      .filter((other) => other !== member)
      .slice(0, AUDIENCE_MAX)
      .map((other) => other.id);
  }

  /** The members without `except`; of many, a random sample. */
  roster(channel: Channel, except: PeerId | undefined): Roster {
    const { name, members } = channel;
    const peers = sample(members, PEERS_PER_REPLY_MAX + 1, this.#random)
      .filter((other) => other.id !== except)
      .slice(0, PEERS_PER_REPLY_MAX)
      .map((other) => ({ peer: other.id, user: other.user }));
    return { channel: name, size: members.length, peers };
  }

  list(): ChannelInfo[] {
    return Array.from(this.#channels.values(), infoOf);
  }

  /** Those of the member's channels in which not all hear who came and left. */
  sampled({ places }: Member): ChannelInfo[] {
    return [...places.keys()]
      .filter(({ members }) => members.length > AUDIENCE_MAX)
      .map(infoOf);
  }

  /** Forgets the channels that have been empty for CHANNEL_IDLE_MS. */
  sweep(now: number): void {
    for (const channel of this.#channels.values()) {
      const idle = channel.members.length === 0 &&
        now - channel.emptySince >= CHANNEL_IDLE_MS;
      if (idle && channel.name !== DEFAULT_CHANNEL) {
        this.#channels.delete(channel.name);
      }
    }
  }
}

function infoOf({ name, members }: Channel): ChannelInfo {
  return { channel: name, peers: members.length };
}

/** Whether two peers have a channel in common. */
export function shareChannel(one: Member, other: Member): boolean {
  const [fewer, more] = one.places.size <= other.places.size
    ? [one.places, other.places]
    : [other.places, one.places];
  for (const channel of fewer.keys()) {
    if (more.has(channel)) return true;
  }
  return false;
}
