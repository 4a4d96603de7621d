/**
 * The terminal's peer in the hands of scripts: real processes with the
 * permissions of their task, against a real system.
 * @module
 */
import assert from "node:assert/strict";
import { home, PEER, peer, running } from "../tools/peer_process.ts";
import { freePorts, TestSystem } from "../tools/services.ts";

const user = ["--user", "admin"];

Deno.test("send waits until somebody has it, and tail prints it", async () => {
  await using system = await TestSystem.start();
  const channel = ["--channel", "ci"];
  await using tail = running(
    [system.origin, "tail", ...user, ...channel, "--json"],
  );
  const text = 'build 42 is "green" ✓\nxin chào';
  const sent = await peer(
    [system.origin, "send", ...user, ...channel],
    { input: `${text}\n` },
  );
  assert.deepEqual(sent, { code: 0, out: "", error: "" });
  const message = JSON.parse(await tail.line(/^\{/));
  assert.equal(message.text, text);
  assert.equal(message.channel, "ci");
  assert.equal(message.user, "admin");
});

Deno.test("send ends with 4 where nobody gets it in time", async () => {
  await using system = await TestSystem.start();
  const run = await peer(
    [system.origin, "send", ...user, "--timeout", "1s"],
    { input: "hello?" },
  );
  assert.equal(run.code, 4);
  assert.match(run.error, /^weaprous: Sent to 0 of 1 in time: /);
});

Deno.test("A wrong password ends with 3 and a sentence, and so does no server", async () => {
  await using system = await TestSystem.start();
  const env = { ...home(), WEAPROUS_PASSWORD: "not this one" };
  const wrong = await peer([system.origin, "send", ...user], {
    env,
    input: "x",
  });
  assert.deepEqual(wrong, {
    code: 3,
    out: "",
    error: "weaprous: Cannot log in: the user name or the password is wrong\n",
  });
  const [port] = freePorts(1);
  const nobody = `http://127.0.0.1:${port}`;
  const run = await peer([nobody, "tail", ...user]);
  assert.equal(run.code, 3);
  assert.match(
    run.error,
    /^weaprous: Cannot reach http:\/\/127\.0\.0\.1:\d+: nobody listens there\. Start the server, /,
  );
  await system.kill("backend");
  const behind = await peer([system.origin, "tail", ...user]);
  assert.equal(behind.code, 3);
  assert.match(
    behind.error,
    /answers 50\d: the server behind it does not work/,
  );
});

Deno.test("A wrong call ends with 2 and names what was wrong", async () => {
  const calls: [args: string[], wanted: RegExp][] = [
    [["shout"], /Cannot do "shout"\. See deno task peer --help/],
    [["ftp://x"], /Cannot do "ftp:/],
    [["send", "--to", "0"], /Cannot use --to "0"/],
    [["send", "--timeout", "soon"], /Cannot use --timeout "soon".*30s/],
    [["tail", "--to", "2"], /--to does not go with tail/],
    [["tail", "--file", "a"], /--file does not go with tail/],
    [["keep", "--changes"], /--changes does not go with keep/],
    [["send", "--json"], /--json does not go with send/],
    [["recv-files"], /Say where to: recv-files DIR/],
    [["recv-files", "in", "out"], /Cannot do "out"/],
    [["keep", "--keep", "10PB"], /Cannot use --keep "10PB".*30d/],
    [["--channel", "a b"], /Cannot use --channel "a b"/],
    [["send", "--channel", "a", "--channel", "b"], /send takes one --channel/],
  ];
  for (const [args, wanted] of calls) {
    const { code, out, error } = await peer(args);
    assert.equal(code, 2, args.join(" "));
    assert.match(error, wanted);
    assert.equal(out, "");
  }
});

Deno.test("tail ends quietly when nobody reads any more", async () => {
  await using system = await TestSystem.start();
  const env = home();
  const words = [Deno.execPath(), ...PEER, system.origin, "tail", ...user]
    .map((word) => `'${word}'`).join(" ");
  const piped = new Deno.Command("sh", {
    // The reader takes one line and goes; what tail ends with comes last.
    args: ["-c", `{ ${words}; echo "ended $?" >&2; } | head -n 1`],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let ended = false;
  const output = piped.output().finally(() => ended = true);
  for (let at = 0; at < 20 && !ended; at++) {
    await peer(
      [system.origin, "send", ...user, "--timeout", "10s"],
      { input: `line ${at}` },
    );
  }
  const { stdout, stderr } = await output;
  const decoder = new TextDecoder();
  assert.match(decoder.decode(stdout), /^\d\d:\d\d admin: line 0\n$/);
  assert.equal(decoder.decode(stderr), "ended 0\n");
});

Deno.test("keep has what was said for whoever comes later, also after kill -9", async () => {
  await using system = await TestSystem.start();
  const env = home();
  const store = `${env["XDG_STATE_HOME"]}/keep.db`;
  const call = [system.origin, "keep", ...user, "--store", store];
  const count = 12;
  {
    await using keeper = running(call, env);
    await keeper.line(/^Keeping #general as admin: 0 messages so far$/);
    const writer = home();
    for (let at = 0; at < count; at++) {
      const run = await peer(
        [system.origin, "send", ...user],
        { env: writer, input: `said ${at}` },
      );
      assert.equal(run.code, 0, run.error);
    }
    keeper.signal("SIGKILL");
    await keeper.ended();
  }
  await using keeper = running(call, env);
  await keeper.line(/^Keeping #general as admin: 12 messages so far$/);
  // Those who said it are gone: only the keeper can have it.
  await using tail = running([system.origin, "tail", ...user]);
  await tail.line(new RegExp(`said ${count - 1}$`));
  const said = tail.lines.flatMap((line) => /said \d+$/.exec(line)?.[0] ?? []);
  const wanted = Array.from({ length: count }, (_, at) => `said ${at}`);
  assert.deepEqual(said, wanted);
  keeper.signal("SIGTERM");
  assert.equal((await keeper.ended()).code, 0);
});

Deno.test("A peer comes back after the whole server was started anew", async () => {
  await using system = await TestSystem.start();
  await using tail = running([system.origin, "tail", ...user]);
  const send = (input: string) =>
    peer([system.origin, "send", ...user, "--timeout", "30s"], { input });
  assert.equal((await send("before")).code, 0);
  await tail.line(/admin: before$/);
  for (const name of ["proxy", "backend", "tracker"] as const) {
    await system.kill(name);
  }
  await tail.line(/The (server|tracker) does not answer\./);
  for (const name of ["backend", "tracker", "proxy"] as const) {
    await system.run(name);
  }
  assert.equal((await send("after")).code, 0);
  await tail.line(/admin: after$/);
});

Deno.test("A kept session and key are for their owner alone", async () => {
  await using system = await TestSystem.start();
  const env = home();
  await peer([system.origin, "send", ...user, "--timeout", "1s"], {
    env,
    input: "x",
  });
  const dir = `${env["XDG_STATE_HOME"]}/weaprous/${
    encodeURIComponent(new URL(system.origin).host)
  }/@admin`;
  const files = [...Deno.readDirSync(dir)].map(({ name }) => name).toSorted();
  assert.deepEqual(files, [
    "0.device.json",
    "0.files.db",
    "0.history.db",
    "0.lock",
    "people.db",
    "session.json",
  ]);
  for (const name of files) {
    const { mode } = Deno.statSync(`${dir}/${name}`);
    assert.equal((mode ?? 0) & 0o077, 0, name);
  }
});
