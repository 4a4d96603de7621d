/**
 * Which modules a bundled script imports, so that they can be fetched with it
 * and not after it. Reads what the bundler writes, where paths stand in quotes
 * after `from` and `import`; knows no files.
 * @module
 */

/** Not `import(…)`: that loads a script which may never be needed. */
const STATIC_IMPORT = /\b(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g;

/** The names of the files beside it that `script` imports. */
export function importsOf(script: string): string[] {
  const names = [...script.matchAll(STATIC_IMPORT)].map(([, name = ""]) =>
    name
  );
  return [...new Set(names)];
}

/**
 * `names` and all that they import, directly or not, each once. What `read`
 * does not find imports nothing.
 */
export async function withImports(
  names: readonly string[],
  read: (name: string) => Promise<string | undefined>,
): Promise<string[]> {
  const seen = new Set<string>();
  const visit = async (name: string): Promise<string[]> => {
    if (seen.has(name)) return [];
    seen.add(name);
    const script = await read(name) ?? "";
    const imported = await Promise.all(importsOf(script).map(visit));
    return [name, ...imported.flat()];
  };
  return (await Promise.all(names.map(visit))).flat();
}
