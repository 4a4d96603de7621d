/** Device certificates from outside, through the real proxy. @module */
import assert from "node:assert/strict";
import { decodeBase64Url } from "../../lib/wire/base64url.ts";
import {
  type Certificate,
  certificateBytes,
  decodeIdentityAnswer,
  decodeIdentityKeys,
  decodeIdentityNonce,
} from "../../lib/wire/identity.ts";
import { runUser } from "../operator/_user_process.ts";
import { TestSystem } from "../tools/services.ts";
import { newSigner, provingRequest, testKeys } from "../tools/test_device.ts";
import { certifyTooMany } from "./_devices.ts";

const ADMIN = { username: "admin", password: "password" };
const MAI = { username: "mai", password: "con mèo ngủ trưa" };

async function login(origin: string, account = ADMIN): Promise<string> {
  const response = await fetch(`${origin}/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(account),
  });
  assert.equal(response.status, 200, await response.text());
  return response.headers.getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0]).join("; ");
}

/** Asks `origin` as the browser with `cookie`. */
function asker(origin: string, cookie: string) {
  const get = async (path: string) => {
    const response = await fetch(`${origin}${path}`, { headers: { cookie } });
    return { status: response.status, text: await response.text() };
  };
  const post = async (
    body: BodyInit,
    headers: Record<string, string> = {},
  ) => {
    const type = { "content-type": "application/json" };
    const response = await fetch(`${origin}/identity`, {
      method: "POST",
      headers: { cookie, ...type, ...headers },
      body,
    });
    return { status: response.status, text: await response.text() };
  };
  return { get, post };
}

type Asker = ReturnType<typeof asker>;

async function askFor(ask: Asker, signer = newSigner()) {
  const nonce = decodeIdentityNonce((await ask.get("/identity/nonce")).text);
  return JSON.stringify(await provingRequest(await signer, nonce));
}

async function isSigned(certificate: Certificate): Promise<boolean> {
  const signature = decodeBase64Url(certificate.signature);
  assert.ok(signature);
  const bytes = certificateBytes(certificate);
  return await testKeys.verify(certificate.issuer, bytes, signature);
}

Deno.test("a device gets a certificate that outlives a restart of the backend", async () => {
  await using system = await TestSystem.start();
  const ask = asker(system.origin, await login(system.origin));
  const signer = await newSigner();
  const { status, text } = await ask.post(
    await askFor(ask, Promise.resolve(signer)),
  );
  assert.equal(status, 200, text);
  const { certificate, keys, now } = decodeIdentityAnswer(text);
  assert.equal(certificate.user, "admin");
  assert.equal(certificate.key, signer.key);
  assert.equal(await isSigned(certificate), true);
  assert.ok(certificate.userSince <= certificate.issuedAt);
  assert.ok(certificate.issuedAt <= now && now < certificate.expiresAt);
  assert.deepEqual(keys, [{ key: certificate.issuer }]);
  const file = `${system.dataDir}/identity.key`;
  if (Deno.build.os !== "windows") {
    assert.equal((Deno.statSync(file).mode ?? 0) & 0o777, 0o600);
  }
  const log = Deno.readTextFileSync(`${system.dataDir}/audit.log`);
  const line = log.split("\n").find((line) => line.includes(signer.key));
  const { time: _time, ...record } = JSON.parse(line ?? "{}");
  assert.deepEqual(record, {
    event: "device-certified",
    user: "admin",
    key: signer.key,
    by: "127.0.0.1",
  });
  await system.restart("backend");
  const after = decodeIdentityKeys((await ask.get("/identity/keys")).text);
  assert.deepEqual(after.keys, keys);
  // A nonce needs no memory of the process that gave it out.
  const asked = await askFor(ask);
  await system.restart("backend");
  assert.equal((await ask.post(asked)).status, 200);
});

Deno.test("the front door certifies no stranger, no forged proof and no foreign page", async () => {
  await using system = await TestSystem.start();
  const [cookie, other] = [
    await login(system.origin),
    await login(system.origin),
  ];
  const ask = asker(system.origin, cookie);
  const stranger = asker(system.origin, "session=x");
  for (const path of ["/identity/nonce", "/identity/keys"]) {
    assert.equal((await stranger.get(path)).status, 401);
  }
  const good = await askFor(ask);
  assert.equal((await stranger.post(good)).status, 401);
  assert.equal((await asker(system.origin, other).post(good)).status, 403);
  const { key } = await newSigner();
  const unproven = JSON.stringify({ ...JSON.parse(good), key });
  assert.match((await ask.post(unproven)).text, /"bad-proof"/);
  const foreign = { origin: "http://evil.example" };
  assert.match((await ask.post(good, foreign)).text, /"forbidden-origin"/);
  assert.equal((await ask.post("{}")).status, 400);
  assert.equal((await ask.post(good, { "content-type": "x" })).status, 415);
  const large = new Blob(["x".repeat(20_000)]).stream();
  assert.equal((await ask.post(large)).status, 413);
  assert.equal((await ask.get("/identity")).status, 405);
  assert.equal((await ask.post(good)).status, 200);
});

Deno.test("one device too many is told when to ask again, and other accounts are not slowed", async () => {
  await using system = await TestSystem.start();
  const flags = ["--data", system.dataDir, "--password-stdin"];
  assert.equal((await runUser(["add", "mai", ...flags], MAI.password)).code, 0);
  const { headers, text } = await certifyTooMany(system.origin, MAI);
  assert.equal(headers.get("retry-after"), "60");
  assert.equal(JSON.parse(text).error.code, "too-many-requests");
  const admin = asker(system.origin, await login(system.origin));
  assert.equal((await admin.post(await askFor(admin))).status, 200);
});

Deno.test("a backend with a damaged key says so and leaves the file alone", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/identity.key`, "damaged");
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--quiet", "--allow-net=127.0.0.1"],
        ...[`--allow-read=www,static,${dir}`, `--allow-write=${dir}`],
        ...["backend.ts", "--server-port", "0", "--data", dir],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    assert.equal(code, 1);
    assert.match(
      new TextDecoder().decode(stderr),
      /^weaprous: Cannot open the server's key [^\n]+: the file is damaged\. [^\n]+\n$/,
    );
    const left = await Deno.readTextFile(`${dir}/identity.key`);
    assert.equal(left, "damaged");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("a disabled account gets no certificate, and one made anew gets another's", async () => {
  await using system = await TestSystem.start();
  const flags = ["--data", system.dataDir, "--password-stdin"];
  const user = async (action: string) => {
    const { code, error } = await runUser(
      [action, "mai", ...flags],
      MAI.password,
    );
    assert.equal(code, 0, error);
  };
  await user("add");
  const first = asker(system.origin, await login(system.origin, MAI));
  const before = decodeIdentityAnswer(
    (await first.post(await askFor(first))).text,
  );
  const asked = await askFor(first);
  await user("disable");
  assert.equal((await first.post(asked)).status, 401);
  assert.equal((await first.get("/identity/keys")).status, 401);
  await user("remove");
  await user("add");
  assert.equal((await first.post(asked)).status, 401);
  const second = asker(system.origin, await login(system.origin, MAI));
  const after = decodeIdentityAnswer(
    (await second.post(await askFor(second))).text,
  );
  assert.equal(after.certificate.user, before.certificate.user);
  assert.ok(after.certificate.userSince > before.certificate.userSince);
});
