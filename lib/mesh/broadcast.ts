/**
 * Decides who is sent a new entry at once and who is only told of it, so that
 * each peer receives it about once (Plumtree: Leitão, Pereira, Rodrigues,
 * "Epidemic Broadcast Trees", 2007). Knows channels and neighbours; not
 * entries, vectors, the wire or the time.
 *
 *                first receipt from it, graft either way
 *           ┌─────────────────────────────────────────────┐
 *           ▼                                             │
 *     up ► eager ───────────────────────────────────────► lazy
 *                duplicate from it, prune either way
 *
 * Rules:
 * 1. What is new goes to the eager neighbours but the one that it came from:
 *    their links are the tree. The others hear of it with the next `have`, and
 *    so does the one that it came from: that is its receipt.
 * 2. A neighbour that comes up is eager. One whose push was a duplicate is on
 *    the far side of a loop: it becomes lazy, and is told so with `prune`.
 * 3. An entry of which a neighbour told, and which no push has brought within
 *    the patience for that neighbour, is missing: it is asked for with a
 *    `graft`, and the tree goes through there from now on.
 * 4. An announcement takes a `have` to travel, so where it was far ahead of the
 *    push, the tree takes a long way round: announcer and pusher change roles.
 * 5. Where all members are linked to each other the author itself reaches
 *    everyone: it pushes to all, and nobody forwards or prunes.
 * @module
 */
import type { ChannelName, PeerId } from "../wire/names.ts";

/** An entry announced, but not pushed for so long, is asked for. */
export const GRAFT_DELAY_MS = 400;
/** An announcement so far ahead of the push shows a shorter way. */
export const SHORTCUT_MS = 150;

export interface Route {
  /** Send them the entry now. */
  push: PeerId[];
  /** They learn with the next `have` that we hold it. */
  tell: PeerId[];
}

interface ChannelTree {
  /** Rule 5 holds. */
  fullMesh: boolean;
  eager: Set<PeerId>;
  lazy: Set<PeerId>;
}

export class Broadcast {
  readonly #trees = new Map<ChannelName, ChannelTree>();

  /** Whether all members of `channel` are linked to each other. */
  setFullMesh(channel: ChannelName, fullMesh: boolean): void {
    this.#tree(channel).fullMesh = fullMesh;
  }

  isFullMesh(channel: ChannelName): boolean {
    return this.#trees.get(channel)?.fullMesh ?? true;
  }

  /** A linked peer is known to be in `channel`. */
  neighbourUp(channel: ChannelName, peer: PeerId): void {
    const { eager, lazy } = this.#tree(channel);
    if (!lazy.has(peer)) eager.add(peer);
  }

  /** It left `channel`, or the link to it is over. */
  neighbourDown(channel: ChannelName, peer: PeerId): void {
    const tree = this.#trees.get(channel);
    tree?.eager.delete(peer);
    tree?.lazy.delete(peer);
  }

  /** We are not in `channel` any more. */
  forget(channel: ChannelName): void {
    this.#trees.delete(channel);
  }

  /** Rules 1 and 5 for an entry that `from` has pushed; without it, our own. */
  route(channel: ChannelName, from?: PeerId): Route {
    const tree = this.#trees.get(channel);
    if (tree === undefined) return { push: [], tell: [] };
    const { fullMesh, eager, lazy } = tree;
    if (!fullMesh) {
      const push = [...eager].filter((peer) => peer !== from);
      const source = from !== undefined && eager.has(from) ? [from] : [];
      return { push, tell: [...lazy, ...source] };
    }
    const all = [...eager, ...lazy];
    return from === undefined
      ? { push: all, tell: [] }
      : { push: [], tell: all };
  }

  /** A push of `from` brought what was new to us. */
  firstReceipt(channel: ChannelName, from: PeerId): void {
    this.#makeEager(channel, from);
  }

  /** Rule 2: a push of `from` brought what we had; true to send it `prune`. */
  duplicate(channel: ChannelName, from: PeerId): boolean {
    if (this.#trees.get(channel)?.fullMesh !== false) return false;
    return this.#makeLazy(channel, from);
  }

  /** `from` sent `prune`. */
  pruned(channel: ChannelName, from: PeerId): void {
    this.#makeLazy(channel, from);
  }

  /**
   * Rule 3: how long a push is waited for, ms, once `announcer` has told of a
   * live entry that we lack. `authorIsLinked`: its author is a neighbour.
   */
  patienceMs(
    channel: ChannelName,
    announcer: PeerId,
    { authorIsLinked }: { authorIsLinked: boolean },
  ): number {
    const tree = this.#trees.get(channel);
    if (tree === undefined) return 0;
    if (tree.fullMesh) return authorIsLinked ? GRAFT_DELAY_MS : 0;
    // Its push would have come before its announcement.
    return tree.eager.has(announcer) ? 0 : GRAFT_DELAY_MS;
  }

  /**
   * Rule 3: `peer` is asked for a live entry that no push has brought; true
   * where the question is to carry the graft.
   */
  graft(channel: ChannelName, peer: PeerId): boolean {
    if (this.#trees.get(channel)?.fullMesh !== false) return false;
    return this.#makeEager(channel, peer);
  }

  /** `from` sent a graft. */
  grafted(channel: ChannelName, from: PeerId): void {
    this.#makeEager(channel, from);
  }

  /**
   * Rule 4: `pusher` brought an entry `byMs` after `announcer` had told of it.
   * True to send a graft to the announcer and a prune to the pusher.
   */
  overtaken(
    channel: ChannelName,
    { announcer, pusher, byMs }: {
      announcer: PeerId;
      pusher: PeerId;
      byMs: number;
    },
  ): boolean {
    const tree = this.#trees.get(channel);
    if (tree === undefined || tree.fullMesh || byMs < SHORTCUT_MS) return false;
    if (!tree.lazy.has(announcer) || !tree.eager.has(pusher)) return false;
    this.#makeEager(channel, announcer);
    this.#makeLazy(channel, pusher);
    return true;
  }

  #tree(channel: ChannelName): ChannelTree {
    let tree = this.#trees.get(channel);
    if (tree === undefined) {
      tree = { fullMesh: true, eager: new Set(), lazy: new Set() };
      this.#trees.set(channel, tree);
    }
    return tree;
  }

  /** False where `peer` is no neighbour in `channel`. */
  #makeEager(channel: ChannelName, peer: PeerId): boolean {
    const tree = this.#trees.get(channel);
    if (tree?.lazy.delete(peer)) tree.eager.add(peer);
    return tree?.eager.has(peer) ?? false;
  }

  #makeLazy(channel: ChannelName, peer: PeerId): boolean {
    const tree = this.#trees.get(channel);
    if (tree?.eager.delete(peer)) tree.lazy.add(peer);
    return tree?.lazy.has(peer) ?? false;
  }
}
