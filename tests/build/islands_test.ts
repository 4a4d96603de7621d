import assert from "node:assert/strict";
import { findIslands, findSources } from "../../lib/build/islands.ts";

interface ModuleGraph {
  modules: { specifier: string }[];
}

/** The project's own files that `entry` is made of, as `lib/…`. */
async function filesOf(entry: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    stderr: "null",
  }).output();
  const graph: ModuleGraph = JSON.parse(new TextDecoder().decode(stdout));
  const root = new URL("../../", import.meta.url).href;
  return graph.modules.map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith(root))
    .map((specifier) => specifier.slice(root.length));
}

Deno.test("findSources() has every file that an island is made of", async () => {
  const sources = findSources();
  const isSource = (file: string) =>
    sources.some((source) => file === source || file.startsWith(`${source}/`));
  const graphs = await Promise.all(
    findIslands().map(({ source }) => filesOf(source)),
  );
  const files = graphs.flat();
  assert.ok(files.includes("lib/ui/entry_chat.ts"));
  assert.deepEqual(files.filter((file) => !isSource(file)), []);
});
