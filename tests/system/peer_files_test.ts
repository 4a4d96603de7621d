/**
 * Files between terminals: real processes, real links, what arrives compared
 * byte by byte.
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { home, peer, running } from "../tools/peer_process.ts";
import { TestSystem } from "../tools/services.ts";

const user = ["--user", "admin"];

/** A folder with files of these sizes, and one for those that come. */
async function withFolders(
  sizes: Record<string, number>,
  use: (dirs: {
    sent: string;
    received: string;
    same(name: string, as?: string): Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "weaprous-files-" });
  const [sent, received] = [`${dir}/sent`, `${dir}/received`];
  try {
    for (const path of [sent, received]) await Deno.mkdir(path);
    for (const [name, size] of Object.entries(sizes)) {
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; at += 65_536) {
        crypto.getRandomValues(bytes.subarray(at, at + 65_536));
      }
      await Deno.writeFile(`${sent}/${name}`, bytes);
    }
    const same = async (name: string, as = name) => {
      const [here, there] = await Promise.all([
        Deno.readFile(`${sent}/${name}`),
        Deno.readFile(`${received}/${as}`),
      ]);
      assert.equal(here.length, there.length);
      assert.ok(here.every((byte, at) => byte === there[at]), name);
    };
    await use({ sent, received, same });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("send --file waits until somebody has all of it, and recv-files saves it in a folder that it makes", () =>
  withFolders(
    { "báo cáo.pdf": 3_000_000, empty: 0 },
    async ({ sent, received, same }) => {
      await Deno.remove(received);
      await using system = await TestSystem.start();
      await using receiver = running(
        [system.origin, "recv-files", received, ...user, "--json"],
      );
      const run = await peer([
        ...[system.origin, "send", ...user],
        ...["--file", `${sent}/báo cáo.pdf`, "--file", `${sent}/empty`],
      ]);
      assert.deepEqual(run, { code: 0, out: "", error: "" });
      const saved = JSON.parse(await receiver.line(/báo cáo/));
      assert.equal(saved.path, `${received}/báo cáo.pdf`);
      assert.deepEqual([saved.size, saved.user], [3_000_000, "admin"]);
      await receiver.line(/empty/);
      await same("báo cáo.pdf");
      await same("empty");
    },
  ));

Deno.test("Paths are those of the folder that the task was called in", () =>
  withFolders({ "here.txt": 10 }, async ({ sent }) => {
    await using system = await TestSystem.start();
    const call = ["send", ...user, "--timeout", "1s", "--file", "here.txt"];
    // The task that runs the tests has said already where that was called.
    const { INIT_CWD: _, ...env } = Deno.env.toObject();
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["task", "-q", "--config", join(Deno.cwd(), "deno.json"), "peer"],
        ...[system.origin, ...call],
      ],
      cwd: sent,
      clearEnv: true,
      env: { ...env, ...home() },
    }).output();
    // It was read and sent, only nobody was there.
    assert.equal(code, 4, new TextDecoder().decode(stderr));
  }));

Deno.test("send --file says what can't be sent, and that nobody took it", () =>
  withFolders({ "a.txt": 10 }, async ({ sent }) => {
    await using system = await TestSystem.start();
    const none = await peer(
      [system.origin, "send", ...user, "--file", `${sent}/none`],
    );
    assert.equal(none.code, 2);
    assert.match(none.error, /Cannot send ".*none": there is no such file/);
    const nobody = await peer([
      ...[system.origin, "send", ...user, "--file", `${sent}/a.txt`],
      ...["--timeout", "1s"],
    ]);
    assert.equal(nobody.code, 4);
    assert.match(nobody.error, /Sent to 0 of 1 in time/);
  }));

Deno.test("send --file stops at once when it is told to, and says how far it came", () =>
  withFolders({ "a.bin": 10 }, async ({ sent }) => {
    await using system = await TestSystem.start();
    await using waits = running(
      [system.origin, "send", ...user, "--file", `${sent}/a.bin`],
    );
    // What tail has seen has been sent; it fetches no files.
    await using tail = running([system.origin, "tail", ...user]);
    await tail.line(/a\.bin/);
    waits.signal("SIGINT");
    const { code } = await waits.ended();
    assert.equal(code, 4);
    assert.match(waits.text, /^weaprous: Sent to 0 of 1 and then stopped\./m);
  }));

Deno.test("keep has files for whoever comes later, also after kill -9", () =>
  withFolders({ "one.bin": 2_000_000, "two.bin": 500_000 }, async (dirs) => {
    const { sent, received, same } = dirs;
    await using system = await TestSystem.start();
    const env = home();
    const store = `${env["XDG_STATE_HOME"]}/keep.db`;
    const call = [system.origin, "keep", ...user, "--store", store];
    {
      await using keeper = running(call, env);
      await keeper.line(/^Keeping #general/);
      const run = await peer([
        ...[system.origin, "send", ...user],
        ...["--file", `${sent}/one.bin`, "--file", `${sent}/two.bin`],
      ]);
      assert.equal(run.code, 0, run.error);
      keeper.signal("SIGKILL");
      await keeper.ended();
    }
    await using keeper = running(call, env);
    await keeper.line(/^Keeping #general/);
    // Whoever sent them is gone: only the keeper can have them.
    await using receiver = running(
      [system.origin, "recv-files", received, ...user],
    );
    await receiver.line(/one\.bin$/);
    await receiver.line(/two\.bin$/);
    await same("one.bin");
    await same("two.bin");
  }));

Deno.test("keep --keep bounds its files: the newest that fit", () =>
  withFolders({ "old.bin": 700_000, "new.bin": 700_000 }, async (dirs) => {
    const { sent, received, same } = dirs;
    await using system = await TestSystem.start();
    const env = home();
    const store = `${env["XDG_STATE_HOME"]}/keep.db`;
    const call = [system.origin, "keep", ...user, "--store", store];
    await using keeper = running([...call, "--keep", "1MB"], env);
    await keeper.line(/^Keeping #general/);
    for (const name of ["old.bin", "new.bin"]) {
      const run = await peer(
        [system.origin, "send", ...user, "--file", `${sent}/${name}`],
      );
      assert.equal(run.code, 0, run.error);
    }
    await using receiver = running(
      [system.origin, "recv-files", received, ...user],
    );
    await receiver.line(/new\.bin$/);
    await same("new.bin");
    const { size } = await Deno.stat(
      store.replace(/\.db$/, ".files.db"),
    );
    assert.ok(size < 1_000_000, `${size} bytes`);
    assert.deepEqual(
      [...Deno.readDirSync(received)].filter(({ name }) => name === "old.bin"),
      [],
    );
  }));

Deno.test("recv-files goes on where it was stopped, and saves nothing twice", () =>
  withFolders({ "a.bin": 400_000, "b.bin": 400_000 }, async (dirs) => {
    const { sent, received, same } = dirs;
    await using system = await TestSystem.start();
    const env = home();
    const call = [system.origin, "recv-files", received, ...user];
    const send = (name: string) =>
      peer([system.origin, "send", ...user, "--file", `${sent}/${name}`]);
    {
      await using receiver = running(call, env);
      assert.equal((await send("a.bin")).code, 0);
      await receiver.line(/a\.bin$/);
      receiver.signal("SIGKILL");
      await receiver.ended();
    }
    await using receiver = running(call, env);
    assert.equal((await send("b.bin")).code, 0);
    await receiver.line(/b\.bin$/);
    await same("a.bin");
    await same("b.bin");
    const names = [...Deno.readDirSync(received)].map(({ name }) => name);
    assert.deepEqual(names.toSorted(), ["a.bin", "b.bin"]);
  }));

Deno.test("recv-files ends with 1 and a sentence where there can be no such folder", () =>
  withFolders({ "a file": 1 }, async ({ sent }) => {
    await using system = await TestSystem.start();
    const dir = `${sent}/a file`;
    const run = await peer([system.origin, "recv-files", dir, ...user]);
    assert.deepEqual(run, {
      ...{ code: 1, out: "" },
      error: `weaprous: Cannot save to "${dir}": it is a file\n`,
    });
  }));
