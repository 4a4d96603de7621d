/**
 * Which pieces are wanted of whom: the receiving half of file transfer.
 *
 * Many events, one decision: #decide() keeps that
 *
 *  1. no more is wanted of a peer than its window, which follows its speed, nor
 *     of all together than IN_FLIGHT_MAX, what is being stored included;
 *  2. the hashes of all pieces come before the first piece, from one holder;
 *  3. a piece is wanted of one holder at a time, but for the last ones: who has
 *     nothing left to do takes over what another is long at;
 *  4. who is silent or slow for too long gets no more to do until a piece of it
 *     is whole, and others get what it had;
 *  5. who sent a wrong piece is struck, and not asked for that file again.
 *
 * Pure: which pieces lie here is looked up, times and chance are given.
 * @module
 */
import { type BulkFrame, HASHES_PIECE } from "../wire/bulk_frame.ts";
import { type FileHash, pieceLength } from "../wire/file.ts";
import { type FileKey, STREAM_MAX } from "../wire/file_messages.ts";
import type { PeerId } from "../wire/names.ts";
import type { FileAction } from "./file_actions.ts";
import { FileFetch } from "./file_fetch.ts";
import { type Answer, HolderLink } from "./holder_link.ts";
import type { PieceSet } from "./piece_set.ts";

/** Pieces on their way or being stored: 16 MiB. */
export const IN_FLIGHT_MAX = 64;
/** A piece that was wanted so long ago is taken over by whoever is idle. */
export const TAKE_OVER_MS = 3_000;

/** What became of a piece: stored, or not the file's, or not to be stored. */
export type PieceOutcome = "kept" | "wrong" | "failed";

/** Pieces of a file that lie here; undefined before its hashes do. */
export type HeldOf = (file: FileKey) => PieceSet | undefined;

export class FileFetches {
  readonly #heldOf: HeldOf;
  readonly #fetches = new Map<FileHash, FileFetch>();
  readonly #links = new Map<PeerId, HolderLink>();
  #streams = 0;
  #takeOverAt = Infinity;

  constructor(heldOf: HeldOf) {
    this.#heldOf = heldOf;
  }

  get(hash: FileHash): FileFetch | undefined {
    return this.#fetches.get(hash);
  }

  get dueAt(): number {
    let due = this.#takeOverAt;
    for (const link of this.#links.values()) due = Math.min(due, link.dueAt);
    return due;
  }

  /** Peers from which pieces of that file come now. */
  sourcesOf(hash: FileHash): number {
    const peers = [...this.#fetches.get(hash)?.askedPeers ?? []];
    return peers.filter((peer) => !this.#links.get(peer)?.isStalled).length;
  }

  /** From now on `file` is wanted; `start` is where to begin, below 1. */
  want(file: FileKey, start: number, now: number): void {
    const stream = this.#streams++ % (STREAM_MAX + 1);
    const fetch = new FileFetch({ file, stream, start, now });
    this.#fetches.set(file.hash, fetch);
  }

  /** No more of it is wanted; what is on its way is let pass. */
  drop(hash: FileHash, now: number): FileAction[] {
    const fetch = this.#fetches.get(hash);
    if (fetch === undefined) return [];
    this.#fetches.delete(hash);
    const unwanted = [...fetch.askedPeers].map((to) => unwant(to, fetch));
    return [...unwanted, ...this.#decide(now)];
  }

  /** What that peer holds of a file; of one that is not wanted it is no news. */
  holds(
    peer: PeerId,
    { hash, size }: FileKey,
    pieces: PieceSet,
    now: number,
  ): FileAction[] {
    const fetch = this.#fetches.get(hash);
    if (fetch === undefined || fetch.file.size !== size) return [];
    if (!this.#links.has(peer)) this.#links.set(peer, new HolderLink(peer));
    fetch.holds(peer, pieces);
    return this.#decide(now);
  }

  linkDown(peer: PeerId, now: number): FileAction[] {
    this.#links.delete(peer);
    for (const fetch of this.#fetches.values()) fetch.forget(peer);
    return this.#decide(now);
  }

  frame(peer: PeerId, frame: BulkFrame, now: number): FileAction[] {
    const answer = this.#links.get(peer)?.take(frame, now) ??
      (this.#links.has(peer) ? undefined : "unwanted");
    if (answer === "unwanted") {
      return [{ type: "strike", peer, reason: "a frame that nobody wanted" }];
    }
    if (answer === undefined) return [];
    return [...this.#came(peer, answer), ...this.#decide(now)];
  }

  /** What was to be checked, a piece or HASHES_PIECE, has been. */
  checked(
    from: PeerId,
    { hash, piece, outcome }: {
      hash: FileHash;
      piece: number;
      outcome: PieceOutcome;
    },
    now: number,
  ): FileAction[] {
    const fetch = this.#fetches.get(hash);
    fetch?.checked(piece);
    if (outcome === "kept" && piece !== HASHES_PIECE) {
      fetch?.speed.add(pieceLength(fetch.file.size, piece), now);
    }
    const lied = outcome === "wrong" ? this.#lied(from, fetch) : [];
    return [...lied, ...this.#decide(now)];
  }

  tick(now: number): FileAction[] {
    for (const [peer, link] of this.#links) {
      if (!link.stallIfDue(now)) continue;
      for (const fetch of this.#fetches.values()) fetch.release(peer);
    }
    return this.#decide(now);
  }

  #came(peer: PeerId, { asked, bytes }: Answer): FileAction[] {
    const { stream, piece } = asked;
    let fetch: FileFetch | undefined;
    for (const one of this.#fetches.values()) {
      if (one.stream === stream) fetch = one;
    }
    if (fetch === undefined) return [];
    fetch.answered(peer, piece);
    if (bytes === undefined) {
      fetch.lacks(peer, piece);
      return [];
    }
    const { file } = fetch;
    const held = this.#heldOf(file);
    const isMissing = piece === HASHES_PIECE
      ? held === undefined
      : held?.has(piece) === false;
    // Somebody else may have been faster with it.
    if (!isMissing || fetch.isInHand(piece) || fetch.isLiar(peer)) return [];
    fetch.takeInHand(piece);
    return [{ type: "check", from: peer, file, piece, bytes }];
  }

  #lied(peer: PeerId, fetch: FileFetch | undefined): FileAction[] {
    const reason = "a piece that is not the file's";
    const strike: FileAction = { type: "strike", peer, reason };
    if (fetch === undefined) return [strike];
    fetch.exclude(peer);
    return [strike, unwant(peer, fetch)];
  }

  #decide(now: number): FileAction[] {
    const actions: FileAction[] = [];
    let left = IN_FLIGHT_MAX;
    for (const { inFlight } of this.#fetches.values()) left -= inFlight;
    for (const [peer, link] of this.#links) {
      for (const fetch of this.#fetches.values()) {
        const most = Math.min(link.room, left);
        if (most <= 0) break;
        const want = this.#wantOf(link, fetch, { most, now });
        left -= want.length;
        if (want.length > 0) actions.push(asking(peer, fetch, want));
      }
    }
    actions.push(...this.#takeOver(now));
    return actions;
  }

  #wantOf(
    link: HolderLink,
    fetch: FileFetch,
    { most, now }: { most: number; now: number },
  ): number[] {
    const held = this.#heldOf(fetch.file);
    const want: number[] = [];
    while (want.length < most) {
      const piece = fetch.next(link.peer, held);
      if (piece === undefined) break;
      this.#ask(link, fetch, { piece, now });
      want.push(piece);
    }
    return want;
  }

  /** Rule 3: who is idle takes what another is long at, a piece at a time. */
  #takeOver(now: number): FileAction[] {
    const actions: FileAction[] = [];
    this.#takeOverAt = Infinity;
    for (const [peer, link] of this.#links) {
      if (link.length > 0 || link.isStalled) continue;
      for (const fetch of this.#fetches.values()) {
        if (!fetch.isHolder(peer)) continue;
        const piece = fetch.takeOver(peer, now - TAKE_OVER_MS);
        if (piece === undefined) {
          const at = fetch.oldestAskedAt() + TAKE_OVER_MS;
          if (at > now) this.#takeOverAt = Math.min(this.#takeOverAt, at);
          continue;
        }
        this.#ask(link, fetch, { piece, now });
        actions.push(asking(peer, fetch, [piece]));
        break;
      }
    }
    return actions;
  }

  #ask(
    link: HolderLink,
    fetch: FileFetch,
    { piece, now }: { piece: number; now: number },
  ): void {
    const { stream } = fetch;
    link.ask({ stream, piece, length: fetch.lengthOf(piece) }, now);
    fetch.ask(link.peer, piece, now);
  }
}

function asking(to: PeerId, fetch: FileFetch, want: number[]): FileAction {
  const { file, stream } = fetch;
  const pieces = want.filter((piece) => piece !== HASHES_PIECE);
  const message = { type: "want-pieces", stream, ...file, pieces } as const;
  const isFirst = pieces.length < want.length;
  return {
    type: "send",
    to,
    message: isFirst ? { ...message, hashes: true } : message,
  };
}

function unwant(to: PeerId, { stream }: FileFetch): FileAction {
  return { type: "send", to, message: { type: "unwant-pieces", stream } };
}
