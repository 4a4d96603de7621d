/**
 * Bundles the islands of lib/ui: one script for each `entry_*` and for each
 * `late_*`, which a page loads once it is drawn, with what they share in chunks
 * that the bundler names by their content; and one for each `lazy_*`, whole in
 * itself, which a page loads only where it needs it. All of it is made beside
 * its place and then renamed, chunks first, so that a reader, or a second build
 * at the same time, never meets half a file or a chunk that is not there yet.
 * @module
 */
import { withImports } from "../module_imports.ts";
import { minifyScripts } from "./minify.ts";

const SOURCE_DIR = "lib/ui";
const SOURCE = /^(entry|late|lazy)_(\w+)\.tsx?$/;
export const OUTPUT_DIR = "static/js";

/** Everything that can change a bundle: more is safe, less is not. */
export function findSources(): string[] {
  const shared = [...Deno.readDirSync("lib")]
    .filter(({ isFile, name }) => isFile && name.endsWith(".ts"))
    .map(({ name }) => `lib/${name}`);
  const folders = ["lib/ui", "lib/mesh", "lib/wire"];
  return [...folders, ...shared, "deno.json", "deno.lock"];
}

/** What belongs to a page's first view; what shares with it; what does not. */
export type IslandKind = "entry" | "late" | "lazy";

export interface Island {
  source: string;
  /** As it is called in the output folder, for good. */
  name: string;
  kind: IslandKind;
}

/** `lib/ui/entry_chat.ts` becomes `chat.js`, for every entry. */
export function findIslands(): Island[] {
  const files = [...Deno.readDirSync(SOURCE_DIR)].map(({ name }) => name);
  const islands = files.sort().flatMap((file) => {
    const [, kind, name] = SOURCE.exec(file) ?? [];
    if (name === undefined) return [];
    const source = `${SOURCE_DIR}/${file}`;
    return { source, name: `${name}.js`, kind: kind as IslandKind };
  });
  if (islands.some(({ kind }) => kind === "entry")) return islands;
  throw new Error(`Cannot find an entry_*.tsx in ${SOURCE_DIR}`);
}

/** The files of the islands and the chunks they import, by what `dir` has. */
export async function findBuilt(
  islands: readonly Island[],
  dir: string,
): Promise<string[]> {
  return await withImports(islands.map(({ name }) => name), async (name) => {
    try {
      return await Deno.readTextFile(`${dir}/${name}`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  });
}

/** Runs `deno bundle`; throws with what that said. */
async function bundle(sources: string[], args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--platform=browser", "--minify"],
      ...args,
      ...sources,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code === 0) return;
  const [said] = new TextDecoder().decode(stderr).split("Stack backtrace:");
  throw new Error(`Cannot bundle ${sources.join(", ")}: ${said?.trim()}`);
}

/** Bundles the islands into a folder of their own. */
export async function bundleIslands(
  islands: readonly Island[],
  dir: string,
): Promise<void> {
  const split = islands.filter(({ kind }) => kind !== "lazy");
  const sources = split.map(({ source }) => source);
  // One first: where its bundler is not there yet, Deno puts it there, and two
  // that do so at the same time take it away from each other.
  await bundle(sources, ["--code-splitting", `--outdir=${dir}`]);
  // Split off as well, a lazy one would cut what the entries share in three.
  const lazy = islands.filter(({ kind }) => kind === "lazy");
  await Promise.all(
    lazy.map(({ source, name }) =>
      bundle([source], [`--output=${dir}/${name}`])
    ),
  );
  await Promise.all(split.map(({ source, name }) => {
    const bundled = source.split("/").at(-1)?.replace(/tsx?$/, "js");
    return Deno.rename(`${dir}/${bundled}`, `${dir}/${name}`);
  }));
  await minifyScripts(dir);
}

/**
 * Bundles the islands into static/js. The chunks of the build before stay, for
 * a page that is just loading them; older ones go.
 */
export async function buildIslands(islands: readonly Island[]): Promise<void> {
  // The site does not see what begins with a dot.
  const unfinished = `${OUTPUT_DIR}/.${crypto.randomUUID()}`;
  await Deno.mkdir(unfinished, { recursive: true });
  try {
    await bundleIslands(islands, unfinished);
    const kept = await findBuilt(islands, OUTPUT_DIR);
    const built = await findBuilt(islands, unfinished);
    await publish(unfinished, { islands, built });
    await removeAllBut([...kept, ...built]);
  } finally {
    await Deno.remove(unfinished, { recursive: true });
  }
}

async function publish(
  dir: string,
  { islands, built }: { islands: readonly Island[]; built: string[] },
): Promise<void> {
  const names = new Set(islands.map(({ name }) => name));
  const move = (name: string) =>
    Deno.rename(`${dir}/${name}`, `${OUTPUT_DIR}/${name}`);
  await Promise.all(built.filter((name) => !names.has(name)).map(move));
  await Promise.all(built.filter((name) => names.has(name)).map(move));
}

async function removeAllBut(names: string[]): Promise<void> {
  const kept = new Set(names);
  const files = await Array.fromAsync(Deno.readDir(OUTPUT_DIR));
  const old = files.filter(({ isFile, name }) => isFile && !kept.has(name));
  await Promise.all(old.map(async ({ name }) => {
    try {
      await Deno.remove(`${OUTPUT_DIR}/${name}`);
    } catch (error) {
      // A second build at the same time removes the same.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }));
}
