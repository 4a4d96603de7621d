/**
 * Tells whether built files are newer than all they are made of.
 * @module
 */

/** Last change of a file or of anything in a folder; undefined where missing. */
export function lastChange(path: string): number | undefined {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  // A folder's own time tells of files that were added or removed.
  const own = info.mtime?.getTime() ?? Infinity;
  if (!info.isDirectory) return own;
  const inside = [...Deno.readDirSync(path)].map(({ name }) =>
    lastChange(`${path}/${name}`) ?? 0
  );
  return Math.max(own, ...inside);
}

/** Whether every output is there and younger than every source that is. */
export function isFresh(outputs: string[], sources: string[]): boolean {
  const built = outputs.map(lastChange);
  const newestSource = Math.max(
    ...sources.map((path) => lastChange(path) ?? 0),
  );
  return built.every((time) => time !== undefined && time > newestSource);
}
