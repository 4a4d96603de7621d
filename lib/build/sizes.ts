/**
 * What the client weighs: bytes as they are and as gzip sends them.
 * @module
 */
import { gzipSync } from "node:zlib";

/** Bytes of gzip that the chat page loads to be seen and written in. */
export const CHAT_GZIP_MAX = 60_000;

export interface Size {
  raw: number;
  gzip: number;
}

export interface Weights {
  /** By the file's name. */
  files: Map<string, Size>;
  /** What is loaded together -> the names of its files. */
  loads: Map<string, string[]>;
}

export function sizeOf(bytes: Uint8Array): Size {
  const level = 9;
  return { raw: bytes.length, gzip: gzipSync(bytes, { level }).length };
}

/** The sum over `files`, each counted once. */
export function sumOf(
  files: Iterable<string>,
  sizes: ReadonlyMap<string, Size>,
): Size {
  const total = { raw: 0, gzip: 0 };
  for (const file of new Set(files)) {
    const { raw, gzip } = sizes.get(file) ?? { raw: 0, gzip: 0 };
    total.raw += raw;
    total.gzip += gzip;
  }
  return total;
}

function row(name: string, { raw, gzip }: Size): string {
  const number = (value: number) => String(value).padStart(8);
  return `${name.padEnd(32)}${number(raw)} bytes${number(gzip)} gzip`;
}

/** A line for each file, for what is loaded together, and for everything. */
export function sizeReport({ files, loads }: Weights): string[] {
  return [
    ...[...files].map(([name, size]) => row(`static/js/${name}`, size)),
    ...[...loads].map(([what, names]) => row(what, sumOf(names, files))),
    row("whole client", sumOf(files.keys(), files)),
  ];
}
