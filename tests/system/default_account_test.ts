/** Where the account that comes with the program opens the door. @module */
import assert from "node:assert/strict";
import { runUser } from "../operator/_user_process.ts";
import { networkAddress, TestSystem } from "../tools/services.ts";

const GOOD = "con mèo ngủ trưa";

async function login(
  origin: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${origin}/login`, {
    method: "POST",
    headers,
    body: new URLSearchParams({ username: "admin", password: "password" }),
    redirect: "manual",
  });
  return { status: response.status, text: await response.text() };
}

/** As a page's script on a site of that name sends it, its own origin and all. */
async function rawLogin(port: number, host: string): Promise<string> {
  const body = "username=admin&password=password";
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = [
    "POST /login HTTP/1.1",
    `Host: ${host}`,
    `Origin: http://${host}`,
    "Sec-Fetch-Site: same-origin",
    "Content-Type: application/x-www-form-urlencoded",
    `Content-Length: ${body.length}`,
    "Connection: close",
  ];
  const request = `${lines.join("\r\n")}\r\n\r\n${body}`;
  await connection.write(new TextEncoder().encode(request));
  const answer = new Uint8Array(4_096);
  const length = await connection.read(answer) ?? 0;
  return new TextDecoder().decode(answer.subarray(0, length));
}

const address = await networkAddress();

Deno.test({
  name:
    "the default account is refused over the network, whatever a header claims",
  ignore: address === undefined,
  async fn() {
    const flags = { proxy: ["--server-ip", "0.0.0.0"] };
    await using system = await TestSystem.start({ flags });
    assert.equal((await login(system.origin)).status, 303);
    const network = system.origin.replace("127.0.0.1", address ?? "");
    const claims: Record<string, string>[] = [
      {},
      { "x-forwarded-for": "127.0.0.1" },
      { "x-forwarded-for": "::1", "x-real-ip": "127.0.0.1" },
      { "forwarded": "for=127.0.0.1" },
      { "X_Forwarded_For": "127.0.0.1" },
    ];
    const answers = await Promise.all(
      claims.map((headers) => login(network, headers)),
    );
    for (const { status, text } of answers) {
      assert.equal(status, 401);
      assert.match(text, /role="alert">[^<]*on the server itself only/);
      assert.match(text, /deno task user add NAME/);
    }
  },
});

Deno.test("the default account is refused behind a proxy that tells of a stranger", async () => {
  const configFile = Deno.makeTempFileSync({ suffix: ".conf" });
  const shipped = Deno.readTextFileSync("config/proxy.conf");
  const trusting = `trusted_proxies 127.0.0.1;\n${shipped}`;
  Deno.writeTextFileSync(configFile, trusting);
  try {
    await using system = await TestSystem.start({ configFile });
    const away = { "x-forwarded-for": "203.0.113.9" };
    const refused = await login(system.origin, {
      ...away,
      "accept-language": "vi",
    });
    assert.equal(refused.status, 401);
    assert.match(refused.text, /chỉ dùng được trên chính máy chủ/);
    assert.equal((await login(system.origin)).status, 303);
  } finally {
    Deno.removeSync(configFile);
  }
});

Deno.test("the default account is refused to a site whose name leads to this machine", async () => {
  await using system = await TestSystem.start();
  const { port } = new URL(system.origin);
  const asked = async (name: string) => {
    const answer = await rawLogin(Number(port), `${name}:${port}`);
    return Number(answer.split(" ")[1]);
  };
  assert.equal(await asked("evil.example"), 401);
  assert.equal(await asked("127.0.0.1.evil.example"), 401);
  assert.equal(await asked("localhost"), 303);
});

Deno.test("the default account is refused behind a proxy on this machine that nobody has named", async () => {
  await using system = await TestSystem.start();
  const tunnels: Record<string, string>[] = [
    { "x-forwarded-for": "203.0.113.9" },
    { "x-forwarded-proto": "https" },
    { "forwarded": "for=203.0.113.9" },
  ];
  for (const headers of tunnels) {
    const { status, text } = await login(system.origin, headers);
    assert.equal(status, 401);
    assert.match(text, /role="alert">[^<]*on the server itself only/);
  }
  assert.equal((await login(system.origin)).status, 303);
});

Deno.test("the default account gives way to another one, and stays away", async () => {
  await using system = await TestSystem.start();
  assert.equal((await login(system.origin)).status, 303);
  assert.match(system.output("backend"), /The default account is on/);
  const flags = ["--data", system.dataDir, "--password-stdin"];
  const kept = await runUser(["remove", "admin", ...flags]);
  assert.deepEqual([kept.code, kept.out], [1, ""]);
  const added = await runUser(["add", "mai", ...flags], GOOD);
  assert.match(added.out, /^Added mai\. .*deno task user remove admin\n$/);
  const removed = await runUser(["remove", "admin", ...flags]);
  assert.equal(removed.out, "Removed admin, who is logged out everywhere.\n");
  assert.equal((await login(system.origin)).status, 401);
  await system.restart("backend");
  assert.equal((await login(system.origin)).status, 401);
  assert.doesNotMatch(system.output("backend"), /default account/);
});
