/**
 * The command behind `deno task test`: sees to the browsers, builds the
 * islands, runs `deno test`, and ends with the line `N passed, N failed`.
 * Arguments go on to `deno test`: a path, `--filter words`. Without any, what
 * needs no machine of its own runs first, on all cores, and the rest after it.
 * @module
 */
import { messageOf, terminal } from "../../lib/service/command.ts";
import { installBrowsers } from "./browser_paths.ts";
import {
  type Counts,
  countsLine,
  countsOf,
  failedFilesOf,
  succeeded,
  sumOf,
  type TestRun,
} from "./test_counts.ts";

/** A run that takes longer hangs. */
const RUN_MS_MAX = 45 * 60_000;

/** Real processes, browsers and native code: one file after the other. */
const ALONE = ["tests/cli", "tests/e2e", "tests/examples", "tests/system"];

/**
 * On a machine of CI, that many files of `ALONE` are run again where they
 * failed: a browser that did not start there is no fault of ours. The end names
 * each that passed then; a fault fails twice, and so does a wider one at once.
 */
const AGAIN_FILES_MAX = 3;

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

const deadline = AbortSignal.timeout(RUN_MS_MAX);

async function runDeno(args: string[]): Promise<TestRun> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_PROXY: withoutProxyHere() },
    stdin: "null",
    stdout: "piped",
    signal: deadline,
  }).spawn();
  const [output, { code }] = await Promise.all([
    echoed(child.stdout),
    child.status,
  ]);
  return { output, exitCode: code };
}

function runTests(args: string[]): Promise<TestRun> {
  return runDeno(["test", ...PERMISSIONS, ...args]);
}

/** Counts of `ALONE`, and the files that passed at the second try only. */
async function runAlone(): Promise<{ counts: Counts; unsteady: string[] }> {
  const first = await runTests(ALONE);
  const counts = countsOf(first);
  const files = failedFilesOf(first);
  const isFew = files.length > 0 && files.length <= AGAIN_FILES_MAX;
  if (!isFew || !Deno.env.get("CI")) return { counts, unsteady: [] };
  terminal.log(`Once more: ${files.join(", ")}`);
  const again = countsOf(await runTests(files));
  if (!succeeded(again)) return { counts, unsteady: [] };
  const passed = counts.passed + counts.failed;
  return { counts: { ...counts, passed, failed: 0 }, unsteady: files };
}

async function runPhases(): Promise<Counts> {
  const ignored = `--ignore=${ALONE.join()}`;
  const together = await runTests(["--parallel", ignored, "tests"]);
  const { counts, unsteady } = await runAlone();
  for (const file of unsteady) {
    terminal.log(`Unsteady: ${file} failed, then passed.`);
  }
  return sumOf([countsOf(together), counts]);
}

/** Counts of everything; islands that cannot be built are a failed test. */
async function runAll(): Promise<Counts> {
  await seeToBrowsers();
  const build = await runDeno(["task", "build"]);
  const counts = Deno.args.length === 0
    ? await runPhases()
    : countsOf(await runTests(Deno.args));
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
