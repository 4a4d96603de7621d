/**
 * Which pieces others want of us, each link's in the order in which they were
 * wanted: the sending half of file transfer. A piece is read when it is about
 * to go out; what is not here any more, or not for that peer, is answered with
 * a frame that says so. Links do not wait for each other. Pure.
 * @module
 */
import {
  encodeBulkFrame,
  HASHES_PIECE,
  PART_BYTES,
} from "../wire/bulk_frame.ts";
import {
  type FileKey,
  PIECES_WANTED_MAX,
  type WantPieces,
} from "../wire/file_messages.ts";
import type { PeerId } from "../wire/names.ts";
import type { FileAction } from "./file_actions.ts";
import type { Bytes } from "./keys.ts";

/** Pieces of each link that lie in memory: the one that goes out and the next. */
export const READ_AHEAD = 4;
/** What one peer may be waiting for; with the hashes of a file before it. */
const QUEUE_MAX = PIECES_WANTED_MAX + 1;

interface Wanted {
  stream: number;
  file: FileKey;
  piece: number;
  state: "queued" | "loading" | "none" | Bytes;
}

interface Queue {
  wanted: Wanted[];
  /** Bytes of the first that have gone out. */
  sent: number;
}

export class FileServes {
  readonly #queues = new Map<PeerId, Queue>();

  /** `isAllowed`: whether that file is for that peer. */
  want(
    peer: PeerId,
    { stream, hash, size, pieces, hashes }: WantPieces,
    isAllowed: boolean,
  ): FileAction[] {
    const queue = this.#queues.get(peer) ?? { wanted: [], sent: 0 };
    const all = hashes === true ? [HASHES_PIECE, ...pieces] : pieces;
    if (queue.wanted.length + all.length > QUEUE_MAX) {
      return [{
        type: "strike",
        peer,
        reason: "more pieces than may be wanted",
      }];
    }
    this.#queues.set(peer, queue);
    const state = isAllowed ? "queued" : "none";
    for (const piece of all) {
      queue.wanted.push({ stream, file: { hash, size }, piece, state });
    }
    return [...this.readAhead(peer), { type: "pump", to: peer }];
  }

  /** What has begun to go out is finished, for the other side counts on it. */
  unwant(peer: PeerId, stream: number): FileAction[] {
    const { wanted, sent } = this.#queues.get(peer) ?? { wanted: [], sent: 0 };
    for (const one of sent > 0 ? wanted.slice(1) : wanted) {
      if (one.stream === stream) one.state = "none";
    }
    return [{ type: "pump", to: peer }];
  }

  linkDown(peer: PeerId): void {
    this.#queues.delete(peer);
  }

  /** What was to be read; undefined where it is not here. */
  loaded(
    peer: PeerId,
    { hash, piece, bytes }: Pick<FileKey, "hash"> & {
      piece: number;
      bytes: Bytes | undefined;
    },
  ): FileAction[] {
    const wanted = this.#queues.get(peer)?.wanted.find((one) =>
      one.state === "loading" && one.piece === piece && one.file.hash === hash
    );
    if (wanted === undefined) return [];
    wanted.state = bytes ?? "none";
    return [{ type: "pump", to: peer }];
  }

  /** Reads of what goes out next, where they are not under way. */
  readAhead(to: PeerId): FileAction[] {
    const next = this.#queues.get(to)?.wanted.slice(0, READ_AHEAD) ?? [];
    return next.filter(({ state }) => state === "queued").map((one) => {
      one.state = "loading";
      const { file, piece } = one;
      return { type: "load", to, file, piece };
    });
  }

  /** The next frame for that peer; undefined where none is ready. */
  nextFrame(peer: PeerId): Bytes | undefined {
    const queue = this.#queues.get(peer);
    const [first] = queue?.wanted ?? [];
    if (queue === undefined || first === undefined) return undefined;
    const { stream, piece, state } = first;
    if (state === "queued" || state === "loading") return undefined;
    const offset = queue.sent;
    const bytes = state === "none"
      ? undefined
      : state.subarray(offset, offset + PART_BYTES);
    queue.sent += bytes?.length ?? 0;
    if (state === "none" || queue.sent >= state.length) {
      queue.wanted.shift();
      queue.sent = 0;
    }
    return encodeBulkFrame({ stream, piece, offset, bytes });
  }
}
