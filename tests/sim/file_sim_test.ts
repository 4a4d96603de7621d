import assert from "node:assert/strict";
import { fileFaultsOf, FileSim } from "./file_sim.ts";
import { LIES } from "./lying_holder.ts";

const SEEDS = 40;

function replay(seed: number): string {
  return `replay with: deno task sim files ${seed}`;
}

Deno.test(`files come to everybody byte by byte, over ${SEEDS} seeds of breaking links, restarts, spoilt disks and a holder that lies`, async () => {
  const struck = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const sim = new FileSim({ seed });
    const result = await sim.run();
    assert.deepEqual(fileFaultsOf(result), [], replay(seed));
    if (result.liarStrikes > 0) struck.add(sim.liar.lie);
  }
  const unseen = LIES.filter((lie) => !struck.has(lie));
  // Who says nothing breaks no rule; others are asked.
  assert.deepEqual(unseen, ["silence"]);
});

Deno.test("files come to members of a sparse mesh whose neighbours do not want them", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const options = { seed, peers: 12, topology: "ring" as const, steps: 20 };
    const result = await new FileSim({ ...options, files: 2 }).run();
    assert.deepEqual(fileFaultsOf(result), [], replay(seed));
  }
});

Deno.test("files cross each link about once where nothing breaks", async () => {
  const options = { seed: 4, steps: 0, hostile: false, files: 4 };
  const { bytes, needed } = await new FileSim(options).run();
  assert.ok(bytes < 1.05 * needed, `${bytes} bytes for ${needed}`);
});

Deno.test("FileSim gives the same run for the same seed", async () => {
  const first = await new FileSim({ seed: 42 }).run();
  assert.deepEqual(await new FileSim({ seed: 42 }).run(), first);
});
