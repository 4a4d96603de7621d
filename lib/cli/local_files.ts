/**
 * Files on this machine: reads those that are sent, writes those that came.
 * What others call a file is never a path here, and never takes the place of
 * one that is there.
 * @module
 */
import { mkdirSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { getMimeType } from "hono/utils/mime";
import type { FileInfo, Files, FileSource } from "../mesh/shared_file.ts";
import { FILE_BYTES_MAX, fileNameOf, PIECE_BYTES } from "../wire/file.ts";
import { EXIT, PeerFailure } from "./failure.ts";
import { plainLine } from "./plain_text.ts";

/** Files of one name in one folder. */
const SAME_NAME_MAX = 1_000;
/** Paths offered for one that was begun. */
const PATHS_MAX = 100;
/** What some system takes for more than a name. */
const MEANT_OTHERWISE = /[<>:"|?*\u{fffd}]/gu;
/** Devices of Windows, with any ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/** A file to be sent; it stays open until it is disposed of. */
export type LocalFile = FileSource & AsyncDisposable;

/** Throws a PeerFailure where there is no file to be read. */
export async function openLocalFile(path: string): Promise<LocalFile> {
  const handle = await openHandle(path);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) {
      throw new PeerFailure(`Cannot send "${path}": it is no file`, EXIT.usage);
    }
    const { size } = stat;
    if (size > FILE_BYTES_MAX) {
      throw new PeerFailure(
        `Cannot send "${path}": it has ${size} bytes, a file may have ${FILE_BYTES_MAX}`,
        EXIT.usage,
      );
    }
    return {
      name: fileNameOf(basename(path)),
      size,
      type: getMimeType(path) ?? "",
      read: (from, to) => readBytes(handle, { path, from, to }),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openHandle(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    const code = codeOf(cause);
    const why = code === "ENOENT"
      ? "there is no such file"
      : code === "EACCES"
      ? "you may not read it"
      : `it can't be opened (${code})`;
    const message = `Cannot send "${path}": ${why}`;
    throw new PeerFailure(message, EXIT.usage, { cause });
  }
}

async function readBytes(
  handle: FileHandle,
  { path, from, to }: { path: string; from: number; to: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(to - from);
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle
      .read(bytes, done, bytes.length - done, from + done);
    if (bytesRead === 0) {
      throw new RangeError(`Cannot send "${path}": it was cut meanwhile`);
    }
    done += bytesRead;
  }
  return bytes;
}

/** The system's word for what went wrong: `ENOENT`, `EACCES` and others. */
function codeOf(cause: unknown): unknown {
  return cause instanceof Error && "code" in cause ? cause.code : "";
}

/** The folder that files are saved to; throws a PeerFailure where there is none. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    const code = codeOf(cause);
    const why = code === "EEXIST"
      ? "it is a file"
      : code === "ENOTDIR"
      ? "a part of that path is a file"
      : code === "EACCES"
      ? "you may not make it"
      : `it can't be made (${code})`;
    throw new PeerFailure(`Cannot save to "${path}": ${why}`, EXIT.failed, {
      cause,
    });
  }
}

/**
 * The paths that begin like `begun`, folders with a slash at the end; `resolve`
 * says what a path that was typed stands for.
 */
export function pathsLike(
  begun: string,
  resolve: (path: string) => string,
): string[] {
  const [, dir = "", name = ""] = /^(.*\/)?([^/]*)$/su.exec(begun) ?? [];
  try {
    return [...Deno.readDirSync(resolve(dir) || ".")]
      .filter((entry) =>
        entry.name.startsWith(name) &&
        (name !== "" || !entry.name.startsWith("."))
      )
      .map((entry) => `${dir}${entry.name}${entry.isDirectory ? "/" : ""}`)
      .toSorted().slice(0, PATHS_MAX);
  } catch {
    // No such folder, or one that may not be read: there is nothing to offer.
    return [];
  }
}

/** The name that a file of others gets here: hidden nowhere, a device nowhere. */
export function localNameOf(name: string): string {
  return plainLine(fileNameOf(name))
    .replace(MEANT_OTHERWISE, "_")
    .replace(/^\./, "_")
    .replace(/[. ]+$/, "_")
    .replace(DEVICE, "_$1");
}

/** Writes a held file into `dir`, whole or not at all; returns its path. */
export async function saveFile(
  files: Pick<Files, "read">,
  { hash, name, size }: FileInfo,
  dir: string,
): Promise<string> {
  const draft = join(dir, `.${crypto.randomUUID()}.part`);
  try {
    const file = await Deno.open(draft, { createNew: true, write: true });
    try {
      for (let at = 0; at < size; at += PIECE_BYTES) {
        const to = Math.min(size, at + PIECE_BYTES);
        await writeAll(file, await files.read(hash, at, to));
      }
    } finally {
      file.close();
    }
    const path = await claimName(dir, localNameOf(name));
    await Deno.rename(draft, path);
    return path;
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
}

/** Makes an empty file that nothing else has: `a.pdf`, `a (2).pdf` … */
async function claimName(dir: string, name: string): Promise<string> {
  const ending = extname(name);
  const start = name.slice(0, name.length - ending.length);
  for (let number = 1; number <= SAME_NAME_MAX; number++) {
    const path = join(
      dir,
      number === 1 ? name : `${start} (${number})${ending}`,
    );
    try {
      (await Deno.open(path, { createNew: true, write: true })).close();
      return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
  throw new RangeError(
    `Cannot save "${name}": ${dir} has ${SAME_NAME_MAX} files of that name`,
  );
}
