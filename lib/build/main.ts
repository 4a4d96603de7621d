/**
 * The command behind `deno task build`.
 * @module
 */
import { type CommandSpec, runCommand } from "../service/command.ts";
import { isFresh } from "./freshness.ts";
import {
  buildIslands,
  findBuilt,
  findIslands,
  findSources,
  OUTPUT_DIR,
} from "./islands.ts";
import { measure } from "./measure.ts";
import { sizeReport } from "./sizes.ts";

const BUILD: CommandSpec = {
  usage: "deno task build",
  summary: "Bundles the islands of lib/ui into static/js.",
  flags: {
    force: { help: "Build also where nothing has changed" },
  },
};

await runCommand(BUILD, async (options, out) => {
  const islands = findIslands();
  const built = await findBuilt(islands, OUTPUT_DIR);
  const outputs = built.map((name) => `${OUTPUT_DIR}/${name}`);
  if (!options.given("force") && isFresh(outputs, findSources())) {
    out.log("The islands in static/js are up to date.");
    return;
  }
  await buildIslands(islands);
  for (const line of sizeReport(await measure(islands, OUTPUT_DIR))) {
    out.log(line);
  }
});
