/**
 * The files of a room: gives each a number that a person can type, saves those
 * that were asked for when they have come, and tells how far they are.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Chat, EntryRef, Message } from "../mesh/chat.ts";
import { sizeInWords } from "../mesh/file_size.ts";
import type { FileHash, FileInfo, FileSource } from "../mesh/shared_file.ts";
import type { ChannelName } from "../wire/names.ts";
import { fileInWords } from "./message_lines.ts";
import { plainLine } from "./plain_text.ts";

/** Files that have a number; an older one is found by its name. */
export const NUMBERED_MAX = 1_000;
/** Whoever has a file answers sooner, if they are here. */
export const WAITING_TOLD_MS = 3_000;

/** A file on its way out. */
export type OpenSource = (
  path: string,
) => Promise<FileSource & AsyncDisposable>;

export interface RoomFilesParts {
  chat: Chat;
  clock: Clock;
  openFile: OpenSource;
  /** Writes it where the person is; resolves to its path. */
  save(file: FileInfo): Promise<string>;
  say(line: string): void;
  warn(line: string): void;
  /** Something that the prompt shows has changed. */
  changed(): void;
}

interface Sharing {
  channel: ChannelName;
  ref: EntryRef;
  file: FileInfo;
}

export class RoomFiles {
  readonly #parts: RoomFilesParts;
  readonly #numbers = new Map<string, number>();
  readonly #numbered = new Map<number, Sharing>();
  /** Asked for, to be saved when they are here. */
  readonly #wanted = new Map<FileHash, FileInfo>();
  /** Those that nobody who is linked has: it was told, or soon is. */
  readonly #waiting = new Map<FileHash, () => void>();
  /** On their way out: how far, of how much. */
  readonly #sending = new Map<string, { bytes: number; size: number }>();
  #count = 0;

  constructor(parts: RoomFilesParts) {
    this.#parts = parts;
  }

  /** What is said behind a file of somebody else. */
  hint(message: Message): string {
    const number = this.#numberOf(message);
    return message.own || number === undefined ? "" : `  /get ${number}`;
  }

  list(channel: ChannelName): string[] {
    const shared = this.#parts.chat.messages(channel).filter(isSharing);
    return shared.flatMap((message) => {
      const number = this.#numberOf(message);
      const { file, user } = message;
      if (number === undefined || file === undefined) return [];
      const left = String(number).padStart(4);
      return [
        `${left}  ${fileInWords(file)}  ${plainLine(user)}  ${
          this.#progress(file)
        }`,
      ];
    });
  }

  /** By number, by name, or the latest of somebody else. */
  get(channel: ChannelName, typed: string): void {
    const found = this.#find(channel, typed);
    if (found === undefined) return this.#nothing(typed);
    const { file, ref } = found;
    const { files } = this.#parts.chat;
    const { state } = files.state(file.hash);
    this.#wanted.set(file.hash, file);
    if (state === "held") return this.look(file.hash);
    if (state === "fetching") {
      return this.#parts.say(`${fileInWords(file)}: ${this.#progress(file)}`);
    }
    files.fetch(found.channel, ref);
    this.#parts.changed();
  }

  cancel(channel: ChannelName, typed: string): void {
    const found = this.#find(channel, typed);
    if (found === undefined || typed === "") return this.#nothing(typed);
    const { hash } = found.file;
    if (this.#parts.chat.files.state(hash).state === "held") {
      return this.#parts.say(`${fileInWords(found.file)}: it is here already`);
    }
    this.#wanted.delete(hash);
    this.#stopWaiting(hash);
    this.#parts.chat.files.cancel(hash);
    this.#parts.say(`${fileInWords(found.file)}: not fetched any further`);
    this.#parts.changed();
  }

  /** `typed` is a path, in quotes or not: blanks need none here. */
  async send(channel: ChannelName, typed: string): Promise<void> {
    const [, , path = typed] = /^(["'])(.+)\1$/su.exec(typed) ?? [];
    await using source = await this.#parts.openFile(path);
    const { name, size } = source;
    const key = crypto.randomUUID();
    const progress = (bytes: number) => {
      this.#sending.set(key, { bytes, size });
      this.#parts.changed();
    };
    try {
      progress(0);
      await this.#parts.chat.files.send(channel, source, { progress });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot send ${plainLine(name)}: ${why}`, { cause });
    } finally {
      this.#sending.delete(key);
      this.#parts.changed();
    }
  }

  /** Call it when a file has changed: saves it, or says why it does not come. */
  look(hash: FileHash): void {
    const file = this.#wanted.get(hash);
    if (file === undefined) return;
    const state = this.#parts.chat.files.state(hash);
    if (state.state === "waiting") this.#tellLater(file);
    else this.#stopWaiting(hash);
    if (state.state === "held") void this.#save(file);
    if (state.state === "failed") {
      this.#wanted.delete(hash);
      const why = state.problem === "no-room"
        ? "there is no room for it on this machine"
        : "it can't be kept on this machine";
      this.#parts.warn(`Cannot get ${plainLine(file.name)}: ${why}`);
    }
    this.#parts.changed();
  }

  close(): void {
    for (const hash of [...this.#waiting.keys()]) this.#stopWaiting(hash);
  }

  /** For the prompt: what is on its way, and how far; empty where nothing is. */
  get label(): string {
    const { files } = this.#parts.chat;
    let [inside, expected] = [0, 0];
    for (const { hash, size } of this.#wanted.values()) {
      const state = files.state(hash);
      if (state.state !== "fetching") continue;
      inside += state.bytes;
      expected += size;
    }
    const down = expected === 0 ? "" : ` ↓${percent(inside, expected)}`;
    const out = [...this.#sending.values()];
    const sum = (of: "bytes" | "size") =>
      out.reduce((total, one) => total + one[of], 0);
    const up = out.length === 0
      ? ""
      : ` ↑${percent(sum("bytes"), sum("size"))}`;
    return down + up;
  }

  #tellLater(file: FileInfo): void {
    const { hash } = file;
    if (this.#waiting.has(hash)) return;
    const cancel = this.#parts.clock.after(WAITING_TOLD_MS, () => {
      const what = fileInWords(file);
      this.#parts.say(
        `${what}: nobody who has it is here now, it comes when somebody is`,
      );
    });
    this.#waiting.set(hash, cancel);
  }

  #stopWaiting(hash: FileHash): void {
    this.#waiting.get(hash)?.();
    this.#waiting.delete(hash);
  }

  async #save(file: FileInfo): Promise<void> {
    this.#wanted.delete(file.hash);
    try {
      const path = plainLine(await this.#parts.save(file));
      this.#parts.say(`Saved ${path} (${sizeInWords(file.size, "en")})`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#parts.warn(`Cannot save ${plainLine(file.name)}: ${why}`);
    }
  }

  #nothing(typed: string): void {
    const what = typed === "" ? "No file" : `No file "${plainLine(typed)}"`;
    this.#parts.warn(`${what} here: /files lists them`);
  }

  #progress({ hash, size }: FileInfo): string {
    const state = this.#parts.chat.files.state(hash);
    switch (state.state) {
      case "held":
        return "here";
      case "fetching": {
        const rate = sizeInWords(Math.round(state.bytesPerSecond), "en");
        return `${percent(state.bytes, size)}, ${rate}/s`;
      }
      case "waiting":
        return "waits for somebody who has it";
      case "failed":
        return "failed";
      case "absent":
        return "";
    }
  }

  #find(channel: ChannelName, typed: string): Sharing | undefined {
    if (/^\d+$/.test(typed)) return this.#numbered.get(Number(typed));
    const shared = this.#parts.chat.messages(channel).filter(isSharing);
    const found = shared.findLast(({ file, own }) =>
      typed === "" ? !own : file?.name === typed
    );
    return found && sharingOf(found);
  }

  #numberOf(message: Message): number | undefined {
    const sharing = sharingOf(message);
    if (sharing === undefined) return undefined;
    const key = `${message.ref.author} ${message.ref.seq}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = ++this.#count;
    this.#numbers.set(key, number);
    this.#numbered.set(number, sharing);
    this.#numbered.delete(number - NUMBERED_MAX);
    const [oldest] = this.#numbers.keys();
    if (this.#numbers.size > NUMBERED_MAX && oldest !== undefined) {
      this.#numbers.delete(oldest);
    }
    return number;
  }
}

function isSharing({ file, deleted }: Message): boolean {
  return file !== undefined && !deleted;
}

function sharingOf({ channel, ref, file }: Message): Sharing | undefined {
  return file && { channel, ref, file };
}

function percent(bytes: number, of: number): string {
  return `${of === 0 ? 100 : Math.floor(bytes / of * 100)}%`;
}
