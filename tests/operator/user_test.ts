/** The operator's accounts, from the outside: processes and their answers. @module */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { TestSystem } from "../tools/services.ts";
import { within } from "../tools/test_process.ts";
import { runUser, userArgs } from "./_user_process.ts";

const GOOD = "con mèo ngủ trưa";
const OTHER = "con chó thức khuya";
const SCRIPT = "/usr/bin/script";

async function withData(use: (data: string) => Promise<void>) {
  const dir = await Deno.makeTempDir();
  try {
    await use(`${dir}/data`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("user takes an account from add to remove, a sentence for each step", () =>
  withData(async (data) => {
    const user = async (words: string[], stdin?: string) => {
      const flags = ["--data", data, "--password-stdin"];
      const { code, out, error } = await runUser([...words, ...flags], stdin);
      assert.deepEqual([code, error], [0, ""], words.join(" "));
      return out.replaceAll(/since \d{4}-\d\d-\d\d/g, "since …");
    };
    assert.equal(await user(["list"]), "There is no account yet.\n");
    assert.equal(await user(["add", "Mai"], `${GOOD}\n`), "Added Mai.\n");
    assert.equal(await user(["add", "Văn An"], GOOD), "Added Văn An.\n");
    assert.match(
      await user(["passwd", "MAI"], OTHER),
      /^Mai has a new password\./,
    );
    assert.match(await user(["disable", "mai"]), /^Mai can no longer log in/);
    assert.equal(
      await user(["list"]),
      "disabled  since …  Mai\nactive    since …  Văn An\n",
    );
    assert.equal(await user(["enable", "mai"]), "Mai can log in.\n");
    assert.equal(
      await user(["remove", "mai"]),
      "Removed Mai, who is logged out everywhere.\n",
    );
    assert.equal(await user(["list"]), "active    since …  Văn An\n");
    for (const { name } of Deno.readDirSync(data)) {
      assert.equal(Deno.statSync(`${data}/${name}`).mode ?? 0, 0o100600, name);
    }
  }));

Deno.test("user says what was refused and ends with 1", () =>
  withData(async (data) => {
    const flags = ["--data", data, "--password-stdin"];
    await runUser(["add", "mai", ...flags], GOOD);
    const cases: [string[], string, string][] = [
      [["add", "MAI"], GOOD, 'There is an account "mai" already'],
      [
        ["add", "an"],
        "password1",
        "Cannot use this password: it is among those that are tried first",
      ],
      [
        ["add", "an"],
        "slipknot",
        "Cannot use this password: it is among those that are tried first",
      ],
      [
        ["add", "an"],
        "short",
        "Cannot use this password: it is shorter than 8 bytes",
      ],
      [
        ["add", "an"],
        "",
        "Cannot use this password: it is shorter than 8 bytes",
      ],
      [
        ["remove", "mai"],
        "",
        'Cannot remove "mai": it is the only account. Add another one first',
      ],
      [["disable", "x\x1b[2J"], "", 'There is no account "x\\u001b[2J"'],
    ];
    await Promise.all(cases.map(async ([words, stdin, sentence]) => {
      const { code, out, error } = await runUser([...words, ...flags], stdin);
      assert.deepEqual([code, out, error], [1, "", `weaprous: ${sentence}\n`]);
    }));
    assert.match((await runUser(["list", ...flags])).out, /^active .* mai\n$/);
  }));

Deno.test("user called wrongly ends with 2 and touches nothing", () =>
  withData(async (data) => {
    const calls = [
      [],
      ["constructor", "mai"],
      ["add"],
      ["add", "mai", "an"],
      ["list", "mai"],
      ["add", "mai"],
      ["add", "mai", "--sideways"],
    ];
    const ended = await Promise.all(
      calls.map((words) =>
        runUser([...words, ...words.length < 2 ? [] : ["--data", data]])
      ),
    );
    for (const [index, { code, out, error }] of ended.entries()) {
      assert.deepEqual([code, out], [2, ""], calls[index]?.join(" "));
      assert.match(error, /^weaprous: [^\n]+\n$/);
    }
  }));

Deno.test("user says in one sentence that the database is damaged or locked", () =>
  withData(async (data) => {
    const list = ["list", "--data", data];
    await runUser(list);
    const other = new DatabaseSync(`${data}/weaprous.db`);
    other.exec("BEGIN EXCLUSIVE");
    const locked = await runUser(list);
    other.close();
    assert.equal(locked.code, 1);
    assert.match(
      locked.error,
      /^weaprous: Cannot open the database .* keeps it locked\n$/,
    );
    await Deno.writeTextFile(`${data}/weaprous.db`, "no database ".repeat(800));
    const damaged = await runUser(list);
    assert.equal(damaged.code, 1);
    assert.match(
      damaged.error,
      /^weaprous: Cannot open .*: the file is damaged.*\n$/,
    );
  }));

Deno.test("user changes nothing where the audit log can't be written", () =>
  withData(async (data) => {
    await Deno.mkdir(`${data}/audit.log`, { recursive: true });
    const flags = ["--data", data, "--password-stdin"];
    const { code, out, error } = await runUser(["add", "mai", ...flags], GOOD);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(error, /^weaprous: Cannot write .*audit\.log: [^\n]*\n$/);
    await Deno.remove(`${data}/audit.log`);
    const { out: list } = await runUser(["list", ...flags]);
    assert.equal(list, "There is no account yet.\n");
  }));

Deno.test({
  name: "user asks for the password twice at a terminal and shows none of it",
  ignore: Deno.build.os !== "linux" || !hasScript(),
  fn: () =>
    withData(async (data) => {
      const words = userArgs(["add", "mai", "--data", data]);
      const command = [Deno.execPath(), ...words].join(" ");
      const child = new Deno.Command(SCRIPT, {
        args: ["--quiet", "--return", "--command", command, "/dev/null"],
        env: { NO_COLOR: "1" },
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      const answers = ["New password for mai: ", "The same again: "];
      let screen = "";
      for await (
        const text of child.stdout.pipeThrough(new TextDecoderStream())
      ) {
        screen += text;
        if (!screen.includes(answers[0] ?? "\0")) continue;
        answers.shift();
        await writer.write(new TextEncoder().encode(`${GOOD}\r`));
      }
      await writer.close().catch(() => {
        // The other end is gone already.
      });
      assert.equal((await within(child.status, () => screen)).code, 0);
      assert.match(screen, /Added mai\./);
      assert.doesNotMatch(screen, /mèo/);
      const entered = await runUser(["list", "--data", data]);
      assert.match(entered.out, / mai\n$/);
    }),
});

function hasScript(): boolean {
  try {
    return Deno.statSync(SCRIPT).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A login through the front door: its status and the cookies. */
async function login(origin: string, username: string, password: string) {
  const response = await fetch(`${origin}/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  const cookie = response.headers.getSetCookie()
    .map((set) => set.split(";", 1)[0]).join("; ");
  return { status: response.status, text: await response.text(), cookie };
}

async function statusesOf(origin: string, cookie: string): Promise<number[]> {
  const paths = ["/me", "/tracker/channels"];
  return await Promise.all(paths.map(async (path) => {
    const response = await fetch(`${origin}${path}`, { headers: { cookie } });
    await response.body?.cancel();
    return response.status;
  }));
}

Deno.test("user changes are in force at once behind the front door, and recorded", async () => {
  await using system = await TestSystem.start();
  const { origin, dataDir } = system;
  const user = async (words: string[], stdin?: string) => {
    const flags = ["--data", dataDir, "--password-stdin"];
    const { code, error } = await runUser([...words, ...flags], stdin);
    assert.deepEqual([code, error], [0, ""]);
  };
  await user(["add", "mai"], GOOD);
  const first = await login(origin, "mai", GOOD);
  assert.deepEqual(await statusesOf(origin, first.cookie), [200, 200]);

  await user(["passwd", "mai"], OTHER);
  assert.deepEqual(await statusesOf(origin, first.cookie), [401, 401]);
  const wrong = await login(origin, "mai", GOOD);
  assert.equal(wrong.status, 401);

  const second = await login(origin, "MAI", OTHER);
  assert.deepEqual(await statusesOf(origin, second.cookie), [200, 200]);
  await user(["disable", "mai"]);
  assert.deepEqual(await statusesOf(origin, second.cookie), [401, 401]);
  assert.deepEqual(await login(origin, "mai", OTHER), wrong);

  await user(["enable", "mai"]);
  const third = await login(origin, "mai", OTHER);
  assert.deepEqual(await statusesOf(origin, third.cookie), [200, 200]);
  await user(["remove", "mai"]);
  assert.deepEqual(await statusesOf(origin, third.cookie), [401, 401]);
  assert.deepEqual(await login(origin, "mai", OTHER), wrong);

  const lines = (await Deno.readTextFile(`${dataDir}/audit.log`)).trimEnd()
    .split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ event, user, by }) => `${event} ${user} ${by}`),
    [
      "account-added mai operator",
      "login mai 127.0.0.1",
      "password-changed mai operator",
      "login-failed mai 127.0.0.1",
      "login mai 127.0.0.1",
      "account-disabled mai operator",
      "login-failed mai 127.0.0.1",
      "account-enabled mai operator",
      "login mai 127.0.0.1",
      "account-removed mai operator",
      "login-failed mai 127.0.0.1",
    ],
  );
  assert.doesNotMatch(JSON.stringify(lines), /mèo|chó|scrypt|session=/);
});
