/**
 * `deno task bench links`: the native libraries that give a terminal its links,
 * one after the other on the same machine. The one that is none of the
 * project's is fetched from npm for the run.
 * @module
 */
import { type NativeLinkFigures, TOGETHER } from "../tools/native_links.ts";
import { percentile } from "../tools/crowd_talk.ts";

const OTHER = "@roamhq/wrtc";
const OTHER_VERSION = "0.10.0";

export async function benchLinks(): Promise<void> {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-links-" });
  try {
    print(HEADING);
    for (const name of ["node-datachannel", OTHER]) {
      print(rowText(name, await figuresOf(name, configIn(dir))));
    }
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

/** The project's own imports, and the other library. */
function configIn(dir: string): string {
  const { imports } = JSON.parse(Deno.readTextFileSync("deno.json"));
  const path = `${dir}/deno.json`;
  const config = {
    nodeModulesDir: "none",
    imports: { ...imports, [OTHER]: `npm:${OTHER}@${OTHER_VERSION}` },
  };
  Deno.writeTextFileSync(path, JSON.stringify(config));
  return path;
}

async function figuresOf(
  name: string,
  config: string,
): Promise<NativeLinkFigures | string> {
  const script = "tests/tools/native_links.ts";
  const flags = [`--config=${config}`, "--no-lock", "--v8-flags=--expose-gc"];
  const { code, signal, stdout, stderr } = await new Deno.Command(
    Deno.execPath(),
    { args: ["run", "--allow-all", "--quiet", ...flags, script, name] },
  ).output();
  const line = new TextDecoder().decode(stdout).trim().split("\n").at(-1);
  if (line) return JSON.parse(line);
  const [why] = new TextDecoder().decode(stderr).trim().split("\n").slice(-1);
  return `ended with ${signal ?? code}: ${why}`;
}

const HEADING =
  `library               first    median       p99    ${TOGETHER} at once` +
  "   an open link  a closed one  messages/s";

function rowText(name: string, figures: NativeLinkFigures | string): string {
  const first = name.padEnd(17);
  if (typeof figures === "string") return `${first}${figures}`;
  const { firstMs, setUpMs, togetherMs } = figures;
  const together = figures.opened < TOGETHER
    ? `${figures.opened} opened`
    : `${togetherMs.toFixed(0)} ms`;
  const times = [
    firstMs,
    percentile(setUpMs, 0.5),
    percentile(setUpMs, 0.99),
  ].map((ms) => `${ms.toFixed(0)} ms`.padStart(10)).join("");
  return `${first}${times}${together.padStart(14)}` +
    `${kib(figures.kibPerOpenLink)}${kib(figures.kibPerClosedLink)}` +
    figures.messagesPerSecond.toFixed(0).padStart(12);
}

function kib(value: number | undefined): string {
  if (value === undefined) return "crashed".padStart(14);
  return `${value.toFixed(0)} KiB`.padStart(14);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
