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
  const loads = await Promise.all(islands.map(async (island) => {
    const what = `${island.lazy ? "later" : "first view"}: ${island.name}`;
    return [what, await findBuilt([island], dir)] as const;
  }));
  return { files: new Map(files), loads: new Map(loads) };
}
