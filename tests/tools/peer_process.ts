/**
 * The terminal's peer as a process of its own. Its native library has threads
 * that outlive what closed them: a test's isolate must not be their home.
 * @module
 */
import { TestProcess } from "./test_process.ts";

const { tasks } = JSON.parse(Deno.readTextFileSync("deno.json"));
export const PEER: string[] = tasks.peer.command.split(" ").slice(1);

/** A home of its own, and the password of the default account. */
export function home(): Record<string, string> {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-home-" });
  return { XDG_STATE_HOME: dir, WEAPROUS_PASSWORD: "password" };
}

export interface Run {
  code: number;
  out: string;
  error: string;
}

/** A command that ends by itself. */
export async function peer(
  args: string[],
  { env = home(), input = "" }: {
    env?: Record<string, string>;
    input?: string;
  } = {},
): Promise<Run> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...PEER, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), error: decoder.decode(stderr) };
}

/** A command that goes on until it is ended. */
export function running(args: string[], env = home()): TestProcess {
  return new TestProcess([...PEER, ...args], env);
}
