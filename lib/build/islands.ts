/**
 * Bundles the islands of lib/ui, one script for each page. Every script is
 * written beside its place and then renamed, so that a reader, or a second
 * build at the same time, never meets half a file.
 * @module
 */

/** Entry in lib/ui -> script for the page of the same name. */
const PAGES = ["index", "login", "chat"] as const;

/** Everything that can change a bundle. */
export const SOURCES = [
  "lib/ui",
  "lib/mesh",
  "lib/wire",
  "lib/clock.ts",
  "lib/random.ts",
  "deno.json",
  "deno.lock",
];

const OUTPUT_DIR = "static/js";

export interface Island {
  entry: string;
  output: string;
}

export const ISLANDS: readonly Island[] = PAGES.map((page) => ({
  entry: `lib/ui/entry_${page}.tsx`,
  output: `${OUTPUT_DIR}/${page}.js`,
}));

/** Bundles one island with `deno bundle`; throws with what that said. */
async function bundleIsland({ entry, output }: Island): Promise<void> {
  const unfinished = `${output}.${crypto.randomUUID()}.tmp`;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform=browser",
      "--minify",
      `--output=${unfinished}`,
      entry,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) {
    const [said] = new TextDecoder().decode(stderr).split("Stack backtrace:");
    throw new Error(`Cannot bundle ${entry}: ${said?.trim()}`);
  }
  await Deno.rename(unfinished, output);
}

/** Bundles all islands into static/js, one after the other. */
export async function buildIslands(): Promise<void> {
  await Deno.mkdir(OUTPUT_DIR, { recursive: true });
  const built = ISLANDS.reduce(
    (before, island) => before.then(() => bundleIsland(island)),
    Promise.resolve(),
  );
  await built;
}
