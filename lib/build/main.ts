/**
 * The command behind `deno task build`.
 * @module
 */
import { type CommandSpec, runCommand } from "../service/command.ts";
import { isFresh } from "./freshness.ts";
import { buildIslands, findIslands, findSources } from "./islands.ts";
import { sizeOf, sizeReport } from "./sizes.ts";

const BUILD: CommandSpec = {
  usage: "deno task build",
  summary: "Bundles the islands of lib/ui into static/js.",
  flags: {
    force: { help: "Build also where nothing has changed" },
  },
};

await runCommand(BUILD, async (options, out) => {
  const islands = findIslands();
  const outputs = islands.map(({ output }) => output);
  if (!options.given("force") && isFresh(outputs, findSources())) {
    out.log("The islands in static/js are up to date.");
    return;
  }
  await buildIslands(islands);
  const sizes = outputs.map((output) =>
    [output, sizeOf(Deno.readFileSync(output))] as const
  );
  for (const line of sizeReport(new Map(sizes))) out.log(line);
});
