import assert from "node:assert/strict";
import { SqlitePrinted } from "../../lib/cli/sqlite_printed.ts";

Deno.test("SqlitePrinted keeps its notes over a restart, for its owner alone, and lets those go that it is told", () => {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/0.printed.db`;
  const [one, two] = [{ author: "an", seq: 1 }, { author: "an", seq: 2 }];
  {
    using before = new SqlitePrinted(path);
    before.note("ci", one);
    before.note("ci", one);
    before.note("ci", two);
    before.note("general", one);
    // While it is open there are files of SQLite's own beside it.
    for (const { name } of Deno.readDirSync(folder)) {
      const { mode } = Deno.statSync(`${folder}/${name}`);
      assert.equal((mode ?? 0) & 0o777, 0o600, name);
    }
  }
  using after = new SqlitePrinted(path);
  assert.equal(after.has("ci", one), true);
  assert.equal(after.has("ci", { ...one, author: "bo" }), false);
  after.trim("ci", [two]);
  assert.deepEqual(
    [after.has("ci", one), after.has("ci", two), after.has("general", one)],
    [false, true, true],
  );
  Deno.removeSync(folder, { recursive: true });
});
