import assert from "node:assert/strict";
import { NativeKeys } from "../../lib/mesh/native_keys.ts";
import { Happenings } from "./happenings.ts";
import { faultsOf } from "./sync_faults.ts";
import { type SimKeys, SYNC_HAPPENINGS, SyncSim } from "./sync_sim.ts";

const SEEDS = 100;
const REAL_SEEDS = [3, 10];
/** Honest logs in all these seeds that may have forked, nobody being there to tell. */
const EXCUSED_MAX = 50;

function replay(seed: number): string {
  return `replay with: deno task sim ${seed}`;
}

Deno.test(`sync brings every entry to everyone and nothing forged to anyone, over ${SEEDS} seeds of breaking links, partitions, restarts, power cuts and a hostile peer`, async () => {
  const happenings = new Happenings();
  let excused = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await new SyncSim({ seed, steps: 120 }).run();
    assert.deepEqual(faultsOf(result), [], replay(seed));
    assert.ok(result.required.length > 0, replay(seed));
    happenings.add(result.happenings);
    excused += result.excused;
  }
  assert.deepEqual(happenings.missing(SYNC_HAPPENINGS), []);
  // Else the rule that they are excused by would hide what it should not.
  assert.ok(excused <= EXCUSED_MAX, `${excused} logs that may have forked`);
});

Deno.test("sync does the same under real Ed25519", async () => {
  const native = new NativeKeys(crypto.subtle);
  const real: SimKeys = {
    keys: native,
    async makeSigner() {
      const signer = native.signer(await native.makeKey());
      assert.ok(signer);
      return signer;
    },
  };
  for (const seed of REAL_SEEDS) {
    const options = { seed, steps: 60, crypto: real, hostile: false };
    const result = await new SyncSim(options).run();
    assert.deepEqual(faultsOf(result), [], replay(seed));
    assert.ok(result.required.length > 0);
  }
});

Deno.test("sync brings two members of a sparse mesh together that are never linked", async () => {
  const result = await new SyncSim({
    ...{ seed: 5, members: 12, steps: 150 },
    ...{ topology: "sparse", hostile: false, wrongClocks: false },
  }).run();
  assert.deepEqual(faultsOf(result), [], replay(5));
});

Deno.test("sync keeps no more than the channel's limit through chaos and a hostile peer, and the stores neither", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const options = { seed, steps: 120, hostile: true, entriesMax: 15 };
    const result = await new SyncSim(options).run();
    const { views, wrong, largest } = result;
    assert.ok(largest <= 15, `${largest}, ${replay(seed)}`);
    assert.ok(views.every(({ stored }) => stored <= 15), replay(seed));
    assert.deepEqual(wrong, [], replay(seed));
    assert.ok(views.every(({ forged }) => forged.length === 0), replay(seed));
    assert.ok(views.every(({ honest }) => honest.length > 0), replay(seed));
  }
});

Deno.test("SyncSim lets go of a peer that breaks every rule", async () => {
  const { banned } = await new SyncSim({ seed: 6, steps: 900, hostile: true })
    .run();
  assert.ok(banned > 0);
});

Deno.test("SyncSim gives the same run for the same seed", async () => {
  const first = await new SyncSim({ seed: 42, members: 4 }).run();
  const again = await new SyncSim({ seed: 42, members: 4 }).run();
  assert.deepEqual(again, first);
});
