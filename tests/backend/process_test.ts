/** The backend as it is started: ports, signals, crashes, a damaged file. @module */
import assert from "node:assert/strict";

const ROOT = new URL("../..", import.meta.url).pathname;

interface Running {
  url: string;
  /** Everything that it has written so far, and will have when it ends. */
  output(): string;
  kill(signal: Deno.Signal): void;
  ended: Promise<Deno.CommandStatus>;
}

/** `deno run` with the rights that the backend's task gives. */
function spawnBackend(data: string, port = "0"): Deno.ChildProcess {
  const rights = [
    "--allow-net=127.0.0.1",
    `--allow-read=www,static,${data}`,
    `--allow-write=${data}`,
  ];
  const flags = ["--server-port", port, "--data", data];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", ...rights, "backend.ts", ...flags],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function startBackend(data: string): Promise<Running> {
  const child = spawnBackend(data);
  const listening = Promise.withResolvers<string>();
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      const url = /listening on (http:\S+)\n/.exec(output)?.[1];
      if (url !== undefined) listening.resolve(url);
    }
  };
  const ended = Promise.all([
    child.status,
    read(child.stdout),
    read(child.stderr),
  ]).then(([status]) => {
    listening.reject(new Error(`The backend ended: ${output}`));
    return status;
  });
  const url = await listening.promise;
  const kill = (signal: Deno.Signal) => child.kill(signal);
  return { url, output: () => output, kill, ended };
}

async function withData(use: (data: string) => Promise<void>) {
  const dir = await Deno.makeTempDir();
  try {
    await use(`${dir}/data`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function login(url: string): Promise<string> {
  const response = await fetch(`${url}/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "admin", password: "password" }),
  });
  assert.equal(await response.text(), '{"username":"admin"}');
  return response.headers.getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0]).join("; ");
}

async function statusOf(url: string, cookie: string): Promise<number> {
  const response = await fetch(url, { headers: { cookie } });
  await response.body?.cancel();
  return response.status;
}

Deno.test("the backend names the default account and stops on Ctrl-C with 0", () =>
  withData(async (data) => {
    const backend = await startBackend(data);
    await login(backend.url);
    backend.kill("SIGINT");
    assert.equal((await backend.ended).code, 0);
    const lines = backend.output().trimEnd().split("\n");
    assert.match(
      lines[1] ?? "",
      /^backend listening on http:\/\/127\.0\.0\.1:\d+$/,
    );
    assert.equal(
      lines[0],
      "The default account is on, for this machine only: admin / password. " +
        "To replace it: deno task user add NAME, then deno task user remove admin",
    );
    assert.equal(lines.length, 2);
    const left = Array.from(Deno.readDirSync(data), ({ name }) => name);
    assert.deepEqual(left.sort(), ["audit.log", "identity.key", "weaprous.db"]);
  }));

Deno.test("the backend says which port is taken and which flag changes it", () =>
  withData(async (data) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const child = spawnBackend(data, String(port));
    const { code, stderr } = await child.output();
    assert.equal(code, 1);
    assert.equal(
      new TextDecoder().decode(stderr),
      `weaprous: Cannot listen on 127.0.0.1:${port}: Address already in use. Choose another port with --server-port PORT\n`,
    );
  }));

Deno.test("the backend refuses a damaged database in one sentence", () =>
  withData(async (data) => {
    await Deno.mkdir(data);
    await Deno.writeTextFile(`${data}/weaprous.db`, "no database ".repeat(800));
    const { code, stderr } = await spawnBackend(data).output();
    assert.equal(code, 1);
    assert.match(
      new TextDecoder().decode(stderr),
      /^weaprous: Cannot open the database .*: the file is damaged.*\n$/,
    );
  }));

Deno.test("two backends started at once on one folder agree on sessions", () =>
  withData(async (data) => {
    const [one, two] = await Promise.all([
      startBackend(data),
      startBackend(data),
    ]);
    try {
      const cookie = await login(one.url);
      assert.equal(await statusOf(`${two.url}/me`, cookie), 200);
      const headers = { cookie, accept: "application/json" };
      await fetch(`${two.url}/logout`, { method: "POST", headers });
      assert.equal(await statusOf(`${one.url}/me`, cookie), 401);
    } finally {
      one.kill("SIGTERM");
      two.kill("SIGTERM");
      await Promise.all([one.ended, two.ended]);
    }
  }));

Deno.test("the backend killed before its first account was made makes it later", () =>
  withData(async (data) => {
    const first = await startBackend(data);
    first.kill("SIGKILL");
    await first.ended;
    const second = await startBackend(data);
    const cookie = await login(second.url);
    second.kill("SIGKILL");
    await second.ended;
    const third = await startBackend(data);
    try {
      assert.equal(await statusOf(`${third.url}/me`, cookie), 200);
    } finally {
      third.kill("SIGTERM");
      await third.ended;
    }
  }));
