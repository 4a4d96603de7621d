/**
 * Weighs a build: its files, what each page loads to be seen, and what is
 * loaded later, where it is needed.
 * @module
 */
import { findBuilt, type Island } from "./islands.ts";
import { sizeOf, type Weights } from "./sizes.ts";

export async function measure(
  islands: readonly Island[],
  dir: string,
): Promise<Weights> {
  const names = await findBuilt(islands, dir);
  const files = names.map((name) =>
    [name, sizeOf(Deno.readFileSync(`${dir}/${name}`))] as const
  );
  const loads = new Map<string, string[]>();
  for (const island of islands.filter(({ kind }) => kind === "entry")) {
    const loaded = await findBuilt([island], dir);
    loads.set(`first view: ${island.name}`, loaded);
  }
  // A page that loads something later has its first view already.
  const seen = new Set([...loads.values()].flat());
  for (const island of islands.filter(({ kind }) => kind !== "entry")) {
    const loaded = await findBuilt([island], dir);
    loads.set(
      `later: ${island.name}`,
      loaded.filter((name) => !seen.has(name)),
    );
  }
  return { files: new Map(files), loads };
}
