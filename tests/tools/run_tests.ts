/**
 * The command behind `deno task test`: sees to the browsers, builds the
 * islands, runs `deno test`, and ends with the line `N passed, N failed`.
 * Arguments go on to `deno test`: a path, `--filter words`.
 * @module
 */
import { messageOf, terminal } from "../../lib/service/command.ts";
import { installBrowsers } from "./browser_paths.ts";
import {
  type Counts,
  countsLine,
  countsOf,
  succeeded,
  type TestRun,
} from "./test_counts.ts";

/** A run that takes longer hangs. */
const RUN_MS_MAX = 45 * 60_000;

/**
 * What the tests may do. Processes are killed by id and symbolic links are made,
 * which take all of --allow-run and --allow-write; no host but this machine can
 * be reached (192.0.2.0/24 is where nobody answers, RFC 5737). The terminal's
 * WebRTC is native code, which takes --allow-ffi.
 */
const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-net=localhost,0.0.0.0,[::],[::1],127.0.0.0/8,192.0.2.0/24",
  "--allow-run",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi",
];

async function seeToBrowsers(): Promise<void> {
  try {
    for (const name of await installBrowsers()) {
      terminal.log(`Missing: ${name}. The tests that need it are skipped.`);
    }
  } catch (error) {
    terminal.log(`Cannot install a missing browser: ${messageOf(error)}`);
  }
}

/** Passes everything on as it comes, and keeps it. */
async function echoed(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const decoder = new TextDecoder();
  let kept = "";
  for await (const chunk of bytes) {
    for (let done = 0; done < chunk.length;) {
      done += Deno.stdout.writeSync(chunk.subarray(done));
    }
    kept += decoder.decode(chunk, { stream: true });
  }
  return kept;
}

/** What the tests ask of this machine must not go to the proxy of HTTP_PROXY. */
function withoutProxyHere(): string {
  const known = Deno.env.get("NO_PROXY") ?? Deno.env.get("no_proxy");
  return [known, "localhost", "127.0.0.0/8"].filter(Boolean).join(",");
}

async function runDeno(args: string[]): Promise<TestRun> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_PROXY: withoutProxyHere() },
    stdin: "null",
    stdout: "piped",
    signal: AbortSignal.timeout(RUN_MS_MAX),
  }).spawn();
  const [output, { code }] = await Promise.all([
    echoed(child.stdout),
    child.status,
  ]);
  return { output, exitCode: code };
}

/** Counts of everything; islands that cannot be built are a failed test. */
async function runAll(): Promise<Counts> {
  await seeToBrowsers();
  const build = await runDeno(["task", "build"]);
  const tests = await runDeno(["test", ...PERMISSIONS, ...Deno.args]);
  const counts = countsOf(tests);
  if (build.exitCode !== 0) {
    terminal.log("The islands cannot be built: counted as a failed test.");
    counts.failed += 1;
  }
  return counts;
}

const counts = await runAll();
if (counts.passed + counts.failed === 0) terminal.log("No test was run.");
terminal.log(countsLine(counts));
Deno.exit(succeeded(counts) ? 0 : 1);
