/**
 * Who is online: each peer id belongs to the session that registered it, until
 * the peer leaves or is not heard of for too long. Pure: the time is given.
 *
 *     add ──► alive ──heard()──► alive (due later)
 *               │
 *               ├─ expireSoon() ──► alive (due within the grace)
 *               └─ remove(), or due ──► gone
 * @module
 */
import type { PeerId } from "../wire/names.ts";
import { WireError } from "../wire/wire_error.ts";
import type { Channel, Member } from "./channels.ts";
import { TokenBucket } from "../token_bucket.ts";
import { REQUEST_RATE } from "./request_rate.ts";

export const PEERS_MAX = 20_000;
/** Windows and terminals of one session. */
export const PEERS_PER_SESSION_MAX = 64;
/** A peer that misses two heartbeats and a half is gone. */
export const HEARTBEATS_UNTIL_GONE = 2.5;
/** How long a peer whose socket broke may take to come back. */
export const RESUME_GRACE_MS = 10_000;

/** One online peer; 20,000 of them are kept, so it holds little. */
export class Peer implements Member {
  readonly places = new Map<Channel, number>();
  /** For its requests over HTTP; a socket counts its own. */
  readonly bucket: TokenBucket;
  dueAt = 0;

  constructor(
    readonly id: PeerId,
    readonly user: string,
    readonly session: string,
    now: number,
  ) {
    this.bucket = new TokenBucket(REQUEST_RATE, now);
  }
}

export class Registry {
  readonly #peers = new Map<PeerId, Peer>();
  readonly #sessions = new Map<string, Set<Peer>>();
  readonly #silenceMaxMs: number;

  constructor({ heartbeatMs }: { heartbeatMs: number }) {
    this.#silenceMaxMs = heartbeatMs * HEARTBEATS_UNTIL_GONE;
  }

  get size(): number {
    return this.#peers.size;
  }

  get(id: PeerId): Peer | undefined {
    return this.#peers.get(id);
  }

  ids(): PeerId[] {
    return [...this.#peers.keys()];
  }

  sessions(): IterableIterator<string> {
    return this.#sessions.keys();
  }

  /** The peers of a session, in a list of their own. */
  ofSession(session: string): Peer[] {
    return [...this.#sessions.get(session) ?? []];
  }

  /** Adds a peer whose id is free; WireError `peer-limit` when full. */
  add(
    id: PeerId,
    { user, session }: { user: string; session: string },
    now: number,
  ): Peer {
    const siblings = this.#sessions.get(session) ?? new Set();
    if (this.size >= PEERS_MAX) {
      throw new WireError(
        "peer-limit",
        `${PEERS_MAX} peers are online already`,
      );
    }
    if (siblings.size >= PEERS_PER_SESSION_MAX) {
      throw new WireError(
        "peer-limit",
        `This session has ${PEERS_PER_SESSION_MAX} peers online already`,
      );
    }
    const peer = new Peer(id, user, session, now);
    this.#peers.set(id, peer);
    this.#sessions.set(session, siblings.add(peer));
    this.heard(peer, now);
    return peer;
  }

  remove(peer: Peer): void {
    this.#peers.delete(peer.id);
    const siblings = this.#sessions.get(peer.session);
    siblings?.delete(peer);
    if (siblings?.size === 0) this.#sessions.delete(peer.session);
  }

  /** Anything from the peer counts as a sign of life. */
  heard(peer: Peer, now: number): void {
    peer.dueAt = now + this.#silenceMaxMs;
  }

  /** Its socket broke: gone within the grace unless it is heard again. */
  expireSoon(peer: Peer, now: number): void {
    peer.dueAt = Math.min(peer.dueAt, now + RESUME_GRACE_MS);
  }

  /** The peers that were not heard of in time. */
  due(now: number): Peer[] {
    const due: Peer[] = [];
    for (const peer of this.#peers.values()) {
      if (now >= peer.dueAt) due.push(peer);
    }
    return due;
  }
}
