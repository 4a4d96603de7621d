/**
 * Joins two connections: bytes both ways, at the pace of the slower side, until
 * one of them ends.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- bytes go out in their order
import type { ByteStream } from "./socket.ts";

/** What is carried at a time. */
const BUFFER_BYTES = 32 * 1024;

/** Returns when both are closed; `close` closes them, and may be called twice. */
export async function joinStreams(
  one: ByteStream,
  other: ByteStream,
  close: () => void,
): Promise<void> {
  await Promise.all([
    copy(one, other).catch(() => {}).finally(close),
    copy(other, one).catch(() => {}).finally(close),
  ]);
}

/** Until `from` ends or either breaks, which the caller takes for the same. */
async function copy(from: ByteStream, to: ByteStream): Promise<void> {
  const bytes = new Uint8Array(BUFFER_BYTES);
  for (;;) {
    const count = await from.read(bytes);
    if (count === null) return;
    for (let sent = 0; sent < count;) {
      sent += await to.write(bytes.subarray(sent, count));
    }
  }
}
