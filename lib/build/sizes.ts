/**
 * What the client weighs: bytes as they are and as gzip sends them.
 * @module
 */
import { gzipSync } from "node:zlib";

export interface Size {
  raw: number;
  gzip: number;
}

export function sizeOf(bytes: Uint8Array): Size {
  const level = 9;
  return { raw: bytes.length, gzip: gzipSync(bytes, { level }).length };
}

function row(name: string, { raw, gzip }: Size): string {
  const number = (value: number) => String(value).padStart(8);
  return `${name.padEnd(24)}${number(raw)} bytes${number(gzip)} gzip`;
}

/** A line for each file, then their sum. */
export function sizeReport(sizes: ReadonlyMap<string, Size>): string[] {
  const rows = [...sizes].map(([name, size]) => row(name, size));
  const total = { raw: 0, gzip: 0 };
  for (const { raw, gzip } of sizes.values()) {
    total.raw += raw;
    total.gzip += gzip;
  }
  return [...rows, row("whole client", total)];
}
