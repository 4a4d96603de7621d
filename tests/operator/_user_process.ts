/** `deno task user` as it is started: with the rights of its task. @module */
import { denoArgs, readTask } from "../../lib/supervisor/plan.ts";

export interface Ended {
  code: number;
  out: string;
  error: string;
}

/** The arguments for the deno executable. */
export function userArgs(words: string[]): string[] {
  const task = readTask(Deno.readTextFileSync("deno.json"), "user");
  return [...denoArgs(task), ...words];
}

/** Runs it with `stdin` as its standard input. */
export async function runUser(words: string[], stdin = ""): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: userArgs(words),
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const given = new Blob([stdin]).stream().pipeTo(child.stdin)
    .catch(() => {
      // It ended without reading.
    });
  const [{ code, stdout, stderr }] = await Promise.all([child.output(), given]);
  const decode = (bytes: Uint8Array<ArrayBuffer>) =>
    new TextDecoder().decode(bytes);
  return { code, out: decode(stdout), error: decode(stderr) };
}
