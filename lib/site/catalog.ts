/**
 * Every file that the site has, by the path it is asked for under. A request
 * is looked up, never turned into a file name, so nothing outside the folders
 * can be reached. A file is looked at again at most once a second.
 * @module
 */
import { join } from "node:path";
import { getMimeType } from "hono/utils/mime";
import type { Clock } from "../clock.ts";
import { Asset, contentTag, type MemoryBudget } from "./asset.ts";

const RECHECK_MS = 1_000;
const FILES_MAX = 4_096;
/** Larger files are sent from the disk, without compression. */
const HELD_BYTES_MAX = 4 * 1_024 * 1_024;
const UNKNOWN_TYPE = "application/octet-stream";

export interface CatalogParts {
  /** Path prefix -> folder: `/static/` -> `static`. */
  folders: Record<string, string>;
  clock: Clock;
  budget: MemoryBudget;
}

interface Entry {
  path: string;
  file: string;
  checkedAt: number;
  asset: Promise<Asset | undefined> | undefined;
}

export class Catalog {
  readonly #parts: CatalogParts;
  readonly #entries = new Map<string, Entry>();
  #scannedAt = -Infinity;
  #scanning: Promise<void> | undefined;

  constructor(parts: CatalogParts) {
    this.#parts = parts;
  }

  /** The current version of the file at `path`. */
  async find(path: string): Promise<Asset | undefined> {
    if (!this.#entries.has(path)) await this.#scanIfDue();
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    const now = this.#parts.clock.now();
    if (entry.asset === undefined || now - entry.checkedAt >= RECHECK_MS) {
      entry.checkedAt = now;
      entry.asset = this.#refresh(entry, entry.asset);
    }
    return entry.asset;
  }

  /**
   * The same for a path that a file of ours names: it is there, if need be
   * since less than the second for which strangers' guesses are not looked up.
   */
  async findNamed(path: string): Promise<Asset | undefined> {
    if (!this.#entries.has(path)) await this.#scan();
    return await this.find(path);
  }

  async #refresh(
    entry: Entry,
    before: Promise<Asset | undefined> | undefined,
  ): Promise<Asset | undefined> {
    try {
      const asset = await before;
      const info = await statFile(entry.file);
      if (info !== undefined && asset !== undefined && isOf(asset, info)) {
        return asset;
      }
      asset?.release();
      if (info === undefined) this.#entries.delete(entry.path);
      return info && await this.#load(entry, info);
    } catch (error) {
      // The next request tries again, instead of meeting this failure for ever.
      entry.asset = undefined;
      throw error;
    }
  }

  async #load(
    { file }: Entry,
    { size, mtime }: Deno.FileInfo,
  ): Promise<Asset> {
    const type = getMimeType(file) ?? UNKNOWN_TYPE;
    const modifiedMs = mtime?.getTime() ?? 0;
    const { budget } = this.#parts;
    if (size > HELD_BYTES_MAX || !budget.hasRoom(size)) {
      const tag = `${size.toString(16)}-${modifiedMs.toString(16)}`;
      const content = file;
      return new Asset({ type, size, modifiedMs, tag, content }, budget);
    }
    const content = await Deno.readFile(file);
    const tag = contentTag(content);
    const facts = { type, size: content.length, modifiedMs, tag, content };
    return new Asset(facts, budget);
  }

  async #scanIfDue(): Promise<void> {
    const now = this.#parts.clock.now();
    if (this.#scanning === undefined && now - this.#scannedAt >= RECHECK_MS) {
      this.#scannedAt = now;
      this.#scanning = this.#scan().finally(() => {
        this.#scanning = undefined;
      });
    }
    await this.#scanning;
  }

  async #scan(): Promise<void> {
    const folders = Object.entries(this.#parts.folders);
    await Promise.all(folders.map(([prefix, dir]) => this.#add(prefix, dir)));
  }

  /** Hidden files and links are left out: they may lead anywhere. */
  async #add(prefix: string, dir: string): Promise<void> {
    const inner: Promise<void>[] = [];
    for (const { name, isFile, isDirectory } of await listFolder(dir)) {
      if (name.startsWith(".")) continue;
      const path = prefix + name;
      const file = join(dir, name);
      if (isDirectory) inner.push(this.#add(`${path}/`, file));
      if (!isFile || this.#entries.has(path)) continue;
      if (this.#entries.size >= FILES_MAX) {
        throw new RangeError(`Cannot serve more than ${FILES_MAX} files`);
      }
      this.#entries.set(path, { path, file, checkedAt: 0, asset: undefined });
    }
    await Promise.all(inner);
  }
}

function isOf({ facts }: Asset, { size, mtime }: Deno.FileInfo): boolean {
  return facts.size === size && facts.modifiedMs === mtime?.getTime();
}

async function statFile(file: string): Promise<Deno.FileInfo | undefined> {
  try {
    const info = await Deno.lstat(file);
    return info.isFile ? info : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** A folder that does not exist (yet) is an empty one. */
async function listFolder(dir: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(dir));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
