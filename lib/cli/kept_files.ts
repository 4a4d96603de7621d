/**
 * Which files a keeper has: those of its channels, the newest first, as far as
 * the bound allows. It fetches what it lacks of them and lets the others go.
 * @module
 */
import type { Chat, Message } from "../mesh/chat.ts";
import type { FileHash, FileInfo } from "../mesh/shared_file.ts";
import type { ChannelName } from "../wire/names.ts";
import type { Bound } from "./keep_bounds.ts";

/** Where nothing is said of how much. */
export const FILES_BOUND: Bound = { type: "size", bytes: 10e9 };

/** A message that shares a file. */
export type Sharing = Message & { file: FileInfo };

export function isSharing(message: Message): message is Sharing {
  return message.file !== undefined && !message.deleted;
}

/** Of each file the message that shared it last, as far as the bound allows. */
export function filesWithin(
  bound: Bound,
  { shared, now }: { shared: readonly Sharing[]; now: number },
): Map<FileHash, Sharing> {
  const kept = new Map<FileHash, Sharing>();
  let bytes = 0;
  for (const message of shared.toSorted((a, b) => b.at - a.at)) {
    const { hash, size } = message.file;
    if (kept.has(hash)) continue;
    if (bound.type === "age" && message.at <= now - bound.ms) break;
    // A smaller one that is older may still fit.
    if (bound.type === "size" && bytes + size > bound.bytes) continue;
    bytes += size;
    kept.set(hash, message);
  }
  return kept;
}

export interface KeptFilesParts {
  chat: Chat;
  channels: readonly ChannelName[];
  bound: Bound;
  log(line: string): void;
}

export class KeptFiles {
  readonly #parts: KeptFilesParts;
  /** Asked for, or here; and those that can't be kept. */
  readonly #known = new Map<FileHash, "kept" | "failed">();

  constructor(parts: KeptFilesParts) {
    this.#parts = parts;
  }

  /** Asks for what is to be kept and is not here; lets go of what is not. */
  review(now: number): void {
    const { chat, channels, bound } = this.#parts;
    const shared = channels.flatMap((channel) => chat.messages(channel))
      .filter(isSharing);
    const wanted = filesWithin(bound, { shared, now });
    for (const { channel, ref, file } of wanted.values()) {
      if (this.#known.has(file.hash)) continue;
      this.#known.set(file.hash, "kept");
      chat.files.fetch(channel, ref);
    }
    for (const { file: { hash } } of shared) {
      if (wanted.has(hash)) continue;
      this.#known.delete(hash);
      if (chat.files.state(hash).state !== "absent") {
        void chat.files.discard(hash);
      }
    }
  }

  /** Call it when a file has changed. */
  look(hash: FileHash): void {
    const state = this.#parts.chat.files.state(hash);
    if (state.state !== "failed" || this.#known.get(hash) !== "kept") return;
    this.#known.set(hash, "failed");
    const why = state.problem === "no-room" ? "the disk is full" : "";
    this.#parts.log(`A file can't be kept${why && `: ${why}`}`);
  }
}
