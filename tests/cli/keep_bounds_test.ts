import assert from "node:assert/strict";
import {
  KeptBounds,
  readBound,
  retentionUnder,
} from "../../lib/cli/keep_bounds.ts";
import { SqliteStore } from "../../lib/cli/sqlite_store.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { chain } from "../tools/entries.ts";

const DAY_MS = 86_400_000;
const NOW = 100 * DAY_MS;

/** A keeper's file with one message of each of the last days. */
async function withMessages(
  count: number,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const path = `${dir}/keep.db`;
    const store = new SqliteStore(path);
    await store.keep(
      chain(deviceKey("mai"), count).map((entry, index) => ({
        ...entry,
        at: NOW - (count - index) * DAY_MS,
      })),
    );
    store.close();
    await use(path);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function kept(path: string): Promise<number[]> {
  const store = new SqliteStore(path);
  const { entries } = await store.load("general");
  store.close();
  return entries.map(({ entry }) => entry.seq).toSorted((a, b) => a - b);
}

Deno.test("readBound() reads an age or a size, and nothing else", () => {
  assert.deepEqual(readBound("30d"), { type: "age", ms: 30 * DAY_MS });
  assert.deepEqual(readBound("500MB"), { type: "size", bytes: 5e8 });
  assert.deepEqual(readBound("10GB"), { type: "size", bytes: 1e10 });
  for (const text of ["", "0d", "-1d", "10", "10gb", "10 GB", "1.5GB", "d"]) {
    assert.equal(readBound(text), undefined, text);
  }
});

Deno.test("KeptBounds.sweep() lets go of what is older than the bound", () =>
  withMessages(10, async (path) => {
    const bounds = new KeptBounds(path, readBound("3d"));
    assert.equal(bounds.sweep(NOW), 8);
    assert.deepEqual(await kept(path), [9, 10]);
    assert.equal(bounds.sweep(NOW), 0);
  }));

Deno.test("KeptBounds.sweep() lets the oldest go that are too much together", () =>
  withMessages(10, async (path) => {
    const all = new KeptBounds(path, { type: "size", bytes: 1e9 });
    assert.equal(all.sweep(NOW), 0);
    const few = new KeptBounds(path, { type: "size", bytes: 2_000 });
    assert.ok(few.sweep(NOW) > 0);
    const left = await kept(path);
    assert.ok(left.length > 0 && left.length < 10);
    assert.equal(left.at(-1), 10);
    assert.equal(few.sweep(NOW), 0);
  }));

Deno.test("KeptBounds.sweep() without a bound takes nothing away", () =>
  withMessages(3, async (path) => {
    assert.equal(new KeptBounds(path, undefined).sweep(NOW + 1e12), 0);
    assert.deepEqual(await kept(path), [1, 2, 3]);
  }));

Deno.test("retentionUnder() keeps by age where that is the bound, and as many as others in any case", () => {
  const byAge = retentionUnder({ type: "age", ms: 30 * DAY_MS });
  const bySize = retentionUnder({ type: "size", bytes: 1 });
  assert.deepEqual(byAge, { ...bySize, ageMaxMs: 30 * DAY_MS });
  assert.deepEqual(bySize, retentionUnder(undefined));
  assert.equal(bySize.ageMaxMs, Infinity);
});
