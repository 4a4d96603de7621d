/**
 * Writes the access log: lines are gathered and written together, behind the
 * requests' backs. A disk that fails or is slow costs lines, never a request.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- lines go out in their order
import type { Clock } from "../clock.ts";
import type { AccessLogConf } from "../conf/conf.ts";
import type { RequestHead } from "../http1/request_head.ts";
import { combinedLine, type Heard, jsonLine } from "./access_line.ts";
import type { RequestRecord } from "./observer.ts";

/** How long a line may wait for others. */
const GATHER_MS = 500;
/** So many characters are written without waiting. */
const GATHER_CHARS = 64 * 1024;
/** What may wait for a slow disk; lines beyond are lost, and counted. */
const WAITING_CHARS_MAX = 4 * 1024 * 1024;

/** What the log writes to. */
export interface LogFile {
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** The file of a conf, opened anew; undefined where there is to be none. */
export async function openLog(
  { file }: AccessLogConf,
): Promise<LogFile | undefined> {
  if (file === "") return undefined;
  if (file === "-") {
    return { write: (bytes) => Deno.stdout.write(bytes), close() {} };
  }
  return await Deno.open(file, { append: true, create: true });
}

/** Throws where `openLog` would; leaves no file that was not there. */
export async function tryLog(conf: AccessLogConf): Promise<void> {
  const { file } = conf;
  if (file === "" || file === "-") return;
  try {
    (await Deno.open(file, { append: true, createNew: true })).close();
    await Deno.remove(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    (await openLog(conf))?.close();
  }
}

/** The log of one proxy. */
export class AccessLog {
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  #file: LogFile | undefined;
  #format: AccessLogConf["format"] = "combined";
  #waiting: string[] = [];
  #waitingChars = 0;
  #lost = 0;
  #failing = false;
  #cancel: (() => void) | undefined;
  #writing: Promise<void> | undefined;

  constructor(clock: Clock, log: (line: string) => void) {
    this.#clock = clock;
    this.#log = log;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** Goes on in `file`; what waits is written to the one before. */
  use(file: LogFile | undefined, { format }: AccessLogConf): void {
    const before = this.#file;
    const written = this.flush();
    this.#file = file;
    this.#format = format;
    written.then(() => before?.close());
  }

  /** What a line will need of the head, which is gone when the request ends. */
  hear({ fields }: RequestHead): Heard {
    const heard = { referer: "", userAgent: "" };
    for (let index = 0; index < fields.count; index++) {
      const name = fields.name(index);
      if (name === "referer") heard.referer = fields.value(index);
      else if (name === "user-agent") heard.userAgent = fields.value(index);
    }
    return heard;
  }

  add(record: RequestRecord, heard: Heard): void {
    if (this.#waitingChars >= WAITING_CHARS_MAX) {
      this.#lost++;
      return;
    }
    const line = this.#format === "json"
      ? jsonLine(record, heard)
      : combinedLine(record, heard);
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    if (this.#waitingChars >= GATHER_CHARS) this.flush();
    else this.#cancel ??= this.#clock.after(GATHER_MS, () => this.flush());
  }

  /** Writes what waits. */
  flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    const file = this.#file;
    if (file === undefined) return Promise.resolve();
    return this.#writing ??= this.#writeTo(file).finally(() => {
      this.#writing = undefined;
    });
  }

  async close(): Promise<void> {
    // A write to the file before this one may be under way.
    await this.flush();
    await this.flush();
    this.#file?.close();
    this.#file = undefined;
  }

  /** Goes on while there are lines, and while they are for this file. */
  async #writeTo(file: LogFile): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      const text = lines.join("");
      try {
        await writeWhole(file, text);
        this.#worked();
      } catch (error) {
        this.#lost += lines.length;
        this.#failed(error);
      }
      this.#waitingChars -= text.length;
      if (file !== this.#file) return;
    }
  }

  #failed(error: unknown): void {
    if (!this.#failing) this.#log(`cannot write the access log: ${error}`);
    this.#failing = true;
  }

  #worked(): void {
    this.#failing = false;
    if (this.#lost === 0) return;
    this.#log(`the access log has lost ${this.#lost} lines`);
    this.#lost = 0;
  }
}

async function writeWhole(file: LogFile, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) {
    sent += await file.write(bytes.subarray(sent));
  }
}
