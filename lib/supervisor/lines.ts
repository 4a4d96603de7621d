/**
 * The output of several processes as lines of one terminal, each behind the
 * name of its process.
 * @module
 */

/** A longer line is cut into pieces, so that no process can fill our memory. */
const LINE_CHARS_MAX = 16 * 1024;

/** Calls `onLine` for each line of UTF-8, the last one also without its end. */
export async function eachLine(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line.replace(/\r$/, ""));
    for (; rest.length >= LINE_CHARS_MAX; rest = rest.slice(LINE_CHARS_MAX)) {
      onLine(rest.slice(0, LINE_CHARS_MAX));
    }
  }
  if (rest !== "") onLine(rest);
}

/**
 * The failure that a line of stderr tells of, be it worded by a command of ours
 * (`weaprous: …`) or by Deno (`error: …`); undefined where it tells of none.
 */
export function failureIn(line: string): string | undefined {
  // deno-lint-ignore no-control-regex
  const plain = line.replaceAll(/\x1b\[[\d;]*m/g, "");
  return /^(?:weaprous|error): (.+)$/.exec(plain)?.[1];
}

const COLOURS: Record<string, number> = {
  backend: 36,
  proxy: 35,
  tracker: 33,
};

/** Puts a name before a line: `backend | listening on …`. */
export type Prefix = (name: string, line: string) => string;

/** Names as wide as the widest, in the service's colour where that is wanted. */
export function linePrefix(names: string[], coloured: boolean): Prefix {
  const width = Math.max(...names.map((name) => name.length));
  return (name, line) => {
    const left = `${name.padEnd(width)} |`;
    return coloured
      ? `\x1b[${COLOURS[name] ?? 90}m${left}\x1b[0m ${line}`
      : `${left} ${line}`;
  };
}
