/**
 * Bundles the islands of lib/ui, one script for each page, and one that pages
 * load where they need it. Every script is
 * written beside its place and then renamed, so that a reader, or a second
 * build at the same time, never meets half a file.
 * @module
 */

const ENTRY_DIR = "lib/ui";
const ENTRY = /^entry_(\w+)\.tsx?$/;

/** Everything that can change a bundle: more is safe, less is not. */
export function findSources(): string[] {
  const shared = [...Deno.readDirSync("lib")]
    .filter(({ isFile, name }) => isFile && name.endsWith(".ts"))
    .map(({ name }) => `lib/${name}`);
  const folders = ["lib/ui", "lib/mesh", "lib/wire"];
  return [...folders, ...shared, "deno.json", "deno.lock"];
}

const OUTPUT_DIR = "static/js";

export interface Island {
  entry: string;
  output: string;
}

/** `lib/ui/entry_chat.tsx` becomes `static/js/chat.js`, for every entry. */
export function findIslands(): Island[] {
  const files = [...Deno.readDirSync(ENTRY_DIR)].map(({ name }) => name);
  const islands = files.sort().flatMap((name) => {
    const page = ENTRY.exec(name)?.[1];
    if (page === undefined) return [];
    return {
      entry: `${ENTRY_DIR}/${name}`,
      output: `${OUTPUT_DIR}/${page}.js`,
    };
  });
  if (islands.length > 0) return islands;
  throw new Error(`Cannot find an entry_*.tsx in ${ENTRY_DIR}`);
}

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

/** Bundles the islands, one after the other. */
export async function buildIslands(islands: readonly Island[]): Promise<void> {
  await Deno.mkdir(OUTPUT_DIR, { recursive: true });
  const built = islands.reduce(
    (before, island) => before.then(() => bundleIsland(island)),
    Promise.resolve(),
  );
  await built;
}
