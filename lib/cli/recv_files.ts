/**
 * `deno task peer recv-files DIR`: has each file that others send in a channel
 * saved, once. What a run did not get is gone on with by the next.
 * @module
 */
import type { Chat, Message } from "../mesh/chat.ts";
import type { FileHash, FileInfo } from "../mesh/shared_file.ts";
import type { ChannelName } from "../wire/names.ts";
import { safeJson } from "./message_lines.ts";
import { plainLine } from "./plain_text.ts";
import { exitOf, tellTroubles } from "./session_end.ts";

/** Which files were saved, over all runs. */
export interface SavedFiles {
  isSaved(hash: FileHash): boolean;
  noteSaved(hash: FileHash): void;
}

export interface ReceiveParts {
  channels: readonly ChannelName[];
  json: boolean;
  saved: SavedFiles;
  /** Writes a file that is here; resolves to its path. */
  save(file: FileInfo): Promise<string>;
  /** False where nobody reads any more. */
  write(line: string): boolean;
  warn(line: string): void;
  stopped: Promise<void>;
}

export async function receiveFiles(
  chat: Chat,
  parts: ReceiveParts,
): Promise<number> {
  const { channels, warn, stopped } = parts;
  const over = Promise.withResolvers<void>();
  const receiver = new Receiver(chat, { ...parts, over: over.resolve });
  await chat.start();
  const signedOut = tellTroubles(chat, warn);
  chat.listen((change) => {
    if (change.type === "file-changed") receiver.look(change.hash);
    if (change.type === "messages-changed") {
      change.added.forEach((message) => receiver.take(message));
    }
  });
  for (const channel of channels) {
    chat.join(channel);
    chat.messages(channel).forEach((message) => receiver.take(message));
  }
  await Promise.race([over.promise, stopped, signedOut]);
  return exitOf(chat);
}

type ReceiverParts =
  & Pick<
    ReceiveParts,
    "channels" | "json" | "saved" | "save" | "write" | "warn"
  >
  & { over(): void };

class Receiver {
  readonly #chat: Chat;
  readonly #parts: ReceiverParts;
  /** On their way; the message is the one that they came with first. */
  readonly #coming = new Map<FileHash, Message & { file: FileInfo }>();

  constructor(chat: Chat, parts: ReceiverParts) {
    this.#chat = chat;
    this.#parts = parts;
  }

  /** Asks for what a message shares, where it is wanted and was not had. */
  take(message: Message): void {
    const { channel, ref, file, own, deleted } = message;
    const isWanted = this.#parts.channels.includes(channel) && !own && !deleted;
    if (file === undefined || !isWanted) return;
    const { hash } = file;
    if (this.#coming.has(hash) || this.#parts.saved.isSaved(hash)) return;
    this.#coming.set(hash, { ...message, file });
    if (this.#chat.files.state(hash).state === "held") this.look(hash);
    else this.#chat.files.fetch(channel, ref);
  }

  look(hash: FileHash): void {
    const message = this.#coming.get(hash);
    if (message === undefined) return;
    const state = this.#chat.files.state(hash);
    if (state.state === "held") void this.#save(message);
    if (state.state !== "failed") return;
    this.#coming.delete(hash);
    const name = plainLine(message.file.name);
    this.#parts.warn(`Cannot get ${name}: it can't be kept here`);
  }

  async #save(message: Message & { file: FileInfo }): Promise<void> {
    const { file, channel, user, at } = message;
    this.#coming.delete(file.hash);
    try {
      const path = await this.#parts.save(file);
      this.#parts.saved.noteSaved(file.hash);
      const time = new Date(at).toISOString();
      const line = this.#parts.json
        ? safeJson({ path, ...file, channel, user, time })
        : plainLine(path);
      if (!this.#parts.write(line)) this.#parts.over();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#parts.warn(`Cannot save ${plainLine(file.name)}: ${why}`);
    }
  }
}
