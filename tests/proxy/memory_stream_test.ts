import assert from "node:assert/strict";
import { memoryConnection } from "../../lib/proxy/memory_stream.ts";
import { bytesOf, textOf } from "../http1/bytes_of.ts";
import { settled } from "./rig.ts";

async function readSome(
  from: { read(into: Uint8Array): Promise<number | null> },
  size = 100,
): Promise<string | null> {
  const bytes = new Uint8Array(size);
  const count = await from.read(bytes);
  return count === null ? null : textOf(bytes.subarray(0, count));
}

Deno.test("what is written is taken only as it is read", async () => {
  const [near, far] = memoryConnection();
  let taken = false;
  const writing = near.write(bytesOf("hello")).then((count) => {
    taken = true;
    return count;
  });
  assert.equal(await readSome(far, 3), "hel");
  await settled();
  assert.equal(taken, false);
  assert.equal(await readSome(far, 3), "lo");
  assert.equal(await writing, 5);
});

Deno.test("an end in order is read as one, and the other way stays open", async () => {
  const [near, far] = memoryConnection();
  await near.closeWrite();
  assert.equal(await readSome(far), null);
  const reading = readSome(near);
  await far.write(bytesOf("still"));
  assert.equal(await reading, "still");
  await assert.rejects(near.write(bytesOf("more")));
});

Deno.test("close() ends a read and a write that wait at the other end", async () => {
  const [near, far] = memoryConnection();
  const reading = readSome(far);
  const writing = far.write(bytesOf("lost"));
  near.close();
  assert.equal(await reading, null);
  await assert.rejects(writing);
  await assert.rejects(readSome(near));
});
