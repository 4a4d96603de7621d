// deno-lint-ignore-file no-await-in-loop -- one thing is killed after the other
/** What becomes of accounts where the disk, the file or the power gives way. @module */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../lib/clock.ts";
import { runUser, userArgs } from "../operator/_user_process.ts";
import { freePorts, TestSystem } from "../tools/services.ts";
import { TestProcess } from "../tools/test_process.ts";
import { type Answer, ask, form, json } from "./_door.ts";

const GOOD = "con mèo ngủ trưa";
const ADMIN = { username: "admin", password: "password" };
const DISK_BYTES = 4 * 1_024 * 1_024;
const KILLS = 10;

const userFlags = (dataDir: string) => ["--data", dataDir, "--password-stdin"];

/** A 503 in plain words: nothing of the database's own. */
function assertUnavailable({ status, headers, text, cookie }: Answer): void {
  assert.equal(status, 503, text);
  assert.match(headers.get("retry-after") ?? "", /^[1-9]\d*$/);
  assert.equal(cookie, "");
  assert.doesNotMatch(text, /sqlite|locked|readonly|disk|weaprous\.db/i);
}

/** Logins fail in plain words, and what needs no account goes on. */
async function assertLoginsFail(origin: string): Promise<void> {
  const byJson = await ask(`${origin}/login`, json(ADMIN));
  assertUnavailable(byJson);
  assert.equal(JSON.parse(byJson.text).error.code, "unavailable");
  const byForm = await ask(`${origin}/login`, form(ADMIN));
  assertUnavailable(byForm);
  assert.match(byForm.text, /role="alert">[^<]+</);
  assert.equal((await ask(`${origin}/index.html`)).status, 200);
}

async function names(dataDir: string): Promise<string[]> {
  const { code, out, error } = await runUser(["list", "--data", dataDir]);
  assert.deepEqual([code, error], [0, ""]);
  return out.trimEnd().split("\n").map((line) => {
    const [, name = ""] =
      /^(?:active|default) +since \d{4}-\d\d-\d\d {2}(.+)$/.exec(line) ?? [];
    assert.ok(name, line);
    return name;
  });
}

async function run(command: string, ...args: string[]): Promise<boolean> {
  const { success } = await new Deno.Command(command, {
    args,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** A disk of its own, small enough to fill; undefined where none may be made. */
class SmallDisk implements AsyncDisposable {
  readonly dir = Deno.makeTempDirSync({ prefix: "weaprous-disk-" });

  static async mount(): Promise<SmallDisk | undefined> {
    const disk = new SmallDisk();
    const options = `size=${DISK_BYTES},mode=0700`;
    if (await run("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk.dir)) {
      return disk;
    }
    Deno.removeSync(disk.dir);
    return undefined;
  }

  /** Leaves not a byte, until `free` is called. */
  fill(): void {
    using file = Deno.createSync(`${this.dir}/filler`);
    for (const size of [65_536, 4_096, 1]) {
      try {
        for (;;) file.writeSync(new Uint8Array(size));
      } catch {
        // Full to that size.
      }
    }
  }

  free(): void {
    Deno.removeSync(`${this.dir}/filler`);
  }

  async writable(yes: boolean): Promise<void> {
    const mode = yes ? "rw" : "ro";
    assert.ok(await run("mount", "-o", `remount,${mode}`, this.dir), mode);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("umount", "--lazy", this.dir);
    Deno.removeSync(this.dir);
  }
}

async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const disk = await SmallDisk.mount();
  await disk?.[Symbol.asyncDispose]();
  return disk !== undefined;
}

// Only an administrator may mount; elsewhere these are counted as skipped.
const ignore = !await canMount();

Deno.test("a database that another program keeps locked costs a sentence, and then nothing", async () => {
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  assert.equal((await ask(`${origin}/login`, json(ADMIN))).status, 200);
  const other = new DatabaseSync(`${dataDir}/weaprous.db`);
  try {
    other.exec("BEGIN IMMEDIATE");
    await assertLoginsFail(origin);
    const added = await runUser(["add", "mai", ...userFlags(dataDir)], GOOD);
    assert.equal(added.code, 1);
    assert.match(
      added.error,
      /^weaprous: [^\n]*another program keeps it locked\n$/,
    );
  } finally {
    other.close();
  }
  assert.match(
    system.output("backend"),
    /^backend: POST "\/login" failed: .*locked/m,
  );
  assert.doesNotMatch(system.output("backend"), /\n\s+at /);
  assert.deepEqual(await names(dataDir), ["admin"]);
  assert.equal((await ask(`${origin}/login`, json(ADMIN))).status, 200);
});

Deno.test({
  name: "a full disk costs a sentence, makes no half an account, and passes",
  ignore,
  async fn() {
    await using disk = await SmallDisk.mount();
    assert.ok(disk);
    const dataDir = `${disk.dir}/data`;
    await using system = await TestSystem.start({ dataDir });
    const { origin } = system;
    assert.equal((await ask(`${origin}/login`, json(ADMIN))).status, 200);
    disk.fill();
    await assertLoginsFail(origin);
    const added = await runUser(["add", "mai", ...userFlags(dataDir)], GOOD);
    assert.equal(added.code, 1);
    assert.match(
      added.error,
      /^weaprous: [^\n]*the disk is full\n$/,
    );
    assert.equal((await ask(`${origin}/index.html`)).status, 200);
    disk.free();
    assert.deepEqual(await names(dataDir), ["admin"]);
    assert.equal((await ask(`${origin}/login`, json(ADMIN))).status, 200);
  },
});

Deno.test({
  name:
    "a database that can only be read costs a sentence, running or at the start",
  ignore,
  async fn() {
    await using disk = await SmallDisk.mount();
    assert.ok(disk);
    const dataDir = `${disk.dir}/data`;
    await using system = await TestSystem.start({ dataDir });
    const { origin } = system;
    const fields = { ...ADMIN };
    const { cookie } = await ask(`${origin}/login`, json(fields));
    await system.kill("tracker");
    await system.kill("backend");
    await disk.writable(false);
    const added = await runUser(["add", "mai", ...userFlags(dataDir)], GOOD);
    assert.equal(added.code, 1);
    assert.match(
      added.error,
      /^weaprous: Cannot open the database [^\n]+: it can only be read\. [^\n]+\n$/,
    );
    for (const service of ["backend", "tracker"]) {
      await using process = new TestProcess([
        "run",
        "-A",
        `${service}.ts`,
        "--server-port=0",
        `--data=${dataDir}`,
      ]);
      assert.equal((await process.ended()).code, 1);
      assert.equal(process.lines.length, 1, process.text);
      assert.match(
        process.text,
        /^weaprous: Cannot open the database .*: it can only be read\./,
      );
    }
    await disk.writable(true);
    await system.run("backend");
    const headers = { cookie };
    assert.equal((await ask(`${origin}/me`, { headers })).status, 200);
  },
});

Deno.test("a damaged database is refused by each process in one sentence, and left as it is", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  await runUser(["add", "mai", ...userFlags(dir)], GOOD);
  const file = `${dir}/weaprous.db`;
  const bytes = Deno.readFileSync(file);
  // Whole at its start, and nonsense from the second page on.
  bytes.fill(0xa5, 4_096);
  Deno.writeFileSync(file, bytes);
  const list = await runUser(["list", "--data", dir]);
  assert.equal(list.code, 1);
  assert.match(
    list.error,
    /^weaprous: Cannot open [^\n]*: the file is damaged[^\n]*\n$/,
  );
  for (const service of ["backend", "tracker"]) {
    await using process = new TestProcess([
      "run",
      "-A",
      `${service}.ts`,
      "--server-port=0",
      `--data=${dir}`,
    ]);
    assert.equal((await process.ended()).code, 1);
    assert.match(
      process.text,
      /^weaprous: Cannot open [^\n]*: the file is damaged[^\n]*$/,
    );
  }
  assert.deepEqual(Deno.readFileSync(file), bytes);
  Deno.removeSync(dir, { recursive: true });
});

function after(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}

/** `user add`, killed after so long: whether it had said that it was done. */
async function addAndKill(
  [name, dataDir]: [string, string],
  ms: number,
): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), {
    args: userArgs(["add", name, ...userFlags(dataDir)]),
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const given = new Blob([GOOD]).stream().pipeTo(child.stdin).catch(() => {
    // It was killed before it read.
  });
  const output = child.output();
  await Promise.race([after(ms), child.status]);
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  await given;
  return new TextDecoder().decode((await output).stdout).startsWith("Added ");
}

Deno.test("no account that was acknowledged is lost, whichever process is killed and when", async () => {
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  assert.equal((await ask(`${origin}/login`, json(ADMIN))).status, 200);
  const acknowledged = new Set(["admin"]);
  for (let kill = 0; kill < KILLS; kill++) {
    const whole = runUser(
      ["add", `whole ${kill}`, ...userFlags(dataDir)],
      GOOD,
    );
    // From before the program has begun until after it is done.
    const killed = addAndKill([`killed ${kill}`, dataDir], 150 * (kill + 1));
    // The backend is writing a session, or has just done so, when it dies.
    const login = ask(`${origin}/login`, json(ADMIN)).catch(() => undefined);
    await after(90 * kill);
    await system.restart("backend");
    if (await killed) acknowledged.add(`killed ${kill}`);
    if ((await whole).code === 0) acknowledged.add(`whole ${kill}`);
    const cookie = (await login)?.cookie ?? "";
    if (cookie !== "") {
      const me = await ask(`${origin}/me`, { headers: { cookie } });
      assert.equal(me.status, 200, "an acknowledged session is lost");
    }
    const listed = await names(dataDir);
    assert.equal(new Set(listed).size, listed.length);
    const lost = [...acknowledged].filter((name) => !listed.includes(name));
    assert.deepEqual(lost, []);
  }
  assert.ok(acknowledged.size > KILLS, `${acknowledged.size} acknowledged`);
  // Listed is made: each of them, also one that was never acknowledged.
  for (const username of (await names(dataDir)).slice(1)) {
    const { status } = await ask(
      `${origin}/login`,
      json({ username, password: GOOD }),
    );
    assert.equal(status, 200, username);
  }
});

Deno.test("a database that is taken away is told of, and the one in its place is used", async () => {
  const [proxy = 0, backend = 0, tracker = 0] = freePorts(3);
  const dataDir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  const other = Deno.makeTempDirSync({ prefix: "weaprous-" });
  try {
    await runUser(["add", "mai", ...userFlags(other)], GOOD);
    await using start = TestProcess.task(
      "start",
      `--proxy-port=${proxy}`,
      `--backend-port=${backend}`,
      `--tracker-port=${tracker}`,
      `--data=${dataDir}`,
    );
    await start.line(/^Open http/);
    const mai = json({ username: "mai", password: GOOD });
    const login = `http://127.0.0.1:${proxy}/login`;
    assert.equal((await ask(login, mai)).status, 401);
    const told = (name: string) =>
      start.line(
        new RegExp(`^${name} .*weaprous\\.db was removed or replaced`),
      );
    const again = (name: string) =>
      start.nextLine(new RegExp(`^${name} .* listening on`));
    const ready = Promise.all(["backend", "tracker"].map(again));
    for (const end of ["-wal", "-shm", ""]) {
      Deno.removeSync(`${dataDir}/weaprous.db${end}`);
    }
    Deno.renameSync(`${other}/weaprous.db`, `${dataDir}/weaprous.db`);
    await Promise.all(["backend", "tracker"].map(told));
    await ready;
    const { status, cookie } = await ask(login, mai);
    assert.equal(status, 200);
    const channels = `http://127.0.0.1:${proxy}/tracker/channels`;
    const listed = await ask(channels, { headers: { cookie } });
    assert.equal(listed.status, 200, "the tracker knows the new session");
  } finally {
    Deno.removeSync(dataDir, { recursive: true });
    Deno.removeSync(other, { recursive: true });
  }
});
