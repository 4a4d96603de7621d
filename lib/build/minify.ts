/**
 * Makes scripts smaller once more, after the bundler has: what people wait for
 * is its gzip, of which this takes another thirtieth.
 * @module
 */

/** Minifies the scripts in a folder, each in its place. */
export async function minifyScripts(dir: string): Promise<void> {
  // Not for a build that finds nothing to do: it takes a while to load.
  const { minify } = await import("terser");
  for await (const { name } of Deno.readDir(dir)) {
    if (!name.endsWith(".js")) continue;
    const path = `${dir}/${name}`;
    // What scripts import of each other keeps its name.
    const { code } = await minify(await Deno.readTextFile(path), {
      module: true,
      ecma: 2020,
      compress: { passes: 3, inline: 1, keep_fargs: false },
    });
    if (code === undefined) throw new Error(`Cannot minify ${name}`);
    await Deno.writeTextFile(path, code);
  }
}
