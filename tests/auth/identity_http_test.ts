/** The routes of device certificates, asked as a script in a page would. @module */
import assert from "node:assert/strict";
import {
  decodeIdentityAnswer,
  decodeIdentityKeys,
  decodeIdentityNonce,
  decodeRevocations,
} from "../../lib/wire/identity.ts";
import { newSigner, provingRequest } from "../tools/test_device.ts";
import { identityApp } from "../tools/identity_app.ts";

type Ask = ReturnType<typeof identityApp>["ask"];

async function nonceFor(ask: Ask) {
  return decodeIdentityNonce(await (await ask("/identity/nonce")).text());
}

function json(body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const all = { "content-type": "application/json", ...headers };
  return { method: "POST", body: text, headers: all };
}

async function refusal(response: Response | Promise<Response>) {
  const answer = await response;
  assert.equal(answer.headers.get("cache-control"), "no-store");
  return [answer.status, (await answer.json()).error.code];
}

Deno.test("POST /identity answers with a certificate and the keys to check it by", async () => {
  const { ask, records, serverKey } = identityApp();
  const signer = await newSigner();
  const request = await provingRequest(signer, await nonceFor(ask));
  const response = await ask("/identity", json(request));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "no-store");
  const answer = decodeIdentityAnswer(await response.text());
  assert.equal(answer.certificate.key, signer.key);
  assert.equal(answer.certificate.user, "mai");
  assert.deepEqual(answer.keys, [{ key: serverKey.key }]);
  assert.deepEqual(records, [{
    event: "device-certified",
    user: "mai",
    key: signer.key,
    by: "192.168.1.5",
  }]);
  const keys = decodeIdentityKeys(await (await ask("/identity/keys")).text());
  assert.deepEqual(keys.keys, answer.keys);
});

Deno.test("the routes of certificates ask for a session first", async () => {
  const { ask } = identityApp();
  const asked = [
    ["/identity/nonce", {}],
    ["/identity/keys", {}],
    ["/identity/revocations?after=7", {}],
    ["/identity", json("")],
  ] as const;
  for (const [path, init] of asked) {
    for (const cookie of ["", "session=nobody", "auth=true"]) {
      const headers = { ...("headers" in init ? init.headers : {}), cookie };
      const [status, code] = await refusal(ask(path, { ...init, headers }));
      const expected = cookie.startsWith("session")
        ? "session-expired"
        : "unauthorized";
      assert.deepEqual([status, code], [401, expected], `${path} ${cookie}`);
    }
  }
});

Deno.test("GET /identity/revocations tells what is above a number, and takes nothing but numbers", async () => {
  const { ask, revocations } = identityApp();
  revocations.add({ username: "mai", createdAt: 1_000 });
  revocations.add({ username: "an", createdAt: 2_000 });
  const after = async (query: string) => {
    const response = await ask(`/identity/revocations${query}`);
    assert.equal(response.headers.get("cache-control"), "no-store");
    const { revocations, last } = decodeRevocations(await response.text());
    return [...revocations.map(({ user }) => user), last];
  };
  assert.deepEqual(await after(""), ["mai", "an", 2]);
  assert.deepEqual(await after("?after=1"), ["an", 2]);
  assert.deepEqual(await after("?after=2"), [2]);
  for (const wrong of ["", "x", "-1", "1.5", "1e3", "9".repeat(17)]) {
    const path = `/identity/revocations?after=${wrong}`;
    assert.deepEqual(await refusal(ask(path)), [400, "bad-message"], wrong);
  }
  const options = { method: "POST" };
  const { status } = await ask("/identity/revocations", options);
  assert.equal(status, 405);
});

Deno.test("POST /identity refuses another site's page before it reads anything", async () => {
  const { ask, records } = identityApp();
  const signer = await newSigner();
  const request = await provingRequest(signer, await nonceFor(ask));
  const foreign: Record<string, string>[] = [
    ...[{ origin: "http://evil.example" }, { origin: "null" }],
    ...[{ "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }],
  ];
  for (const headers of foreign) {
    const response = await ask("/identity", json(request, headers));
    assert.deepEqual(
      [response.status, (await response.json()).error.code],
      [403, "forbidden-origin"],
    );
  }
  assert.deepEqual(records, []);
});

Deno.test("POST /identity refuses every malformed body in a sentence", async () => {
  const { ask, records } = identityApp();
  const signer = await newSigner();
  const good = await provingRequest(signer, await nonceFor(ask));
  const bodies = [
    ...["", "{", "null", "[]", '"x"', "{}", "\ud800"],
    ...[{ ...good, key: undefined }, { ...good, key: "A".repeat(43) }],
    ...[{ ...good, key: [good.key] }, { ...good, nonce: "" }],
    ...[{ ...good, nonce: "\0".repeat(20) }, { ...good, signature: 7 }],
    { ...good, signature: `${good.signature}=` },
  ];
  for (const body of bodies) {
    const [status, code] = await refusal(ask("/identity", json(body)));
    assert.deepEqual([status, code], [400, "bad-message"], String(body));
  }
  assert.deepEqual(records, []);
});

Deno.test("POST /identity holds type and size of its body, and its method", async () => {
  const { ask } = identityApp();
  const types = ["text/plain", "application/x-www-form-urlencoded", "x"];
  for (const type of types) {
    const init = json("{}", { "content-type": type });
    const refused = [415, "wrong-content-type"];
    assert.deepEqual(await refusal(ask("/identity", init)), refused);
  }
  const large = json({ x: "x".repeat(16 * 1_024) });
  const tooLarge = [413, "body-too-large"];
  assert.deepEqual(await refusal(ask("/identity", large)), tooLarge);
  const wrong = [
    ...[["GET", "/identity", "POST"], ["PUT", "/identity", "POST"]],
    ...[["POST", "/identity/nonce", "GET, HEAD"]],
    ...[["DELETE", "/identity/keys", "GET, HEAD"]],
  ] as const;
  for (const [method, path, allowed] of wrong) {
    const response = await ask(path, { method });
    await response.body?.cancel();
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), allowed);
  }
});

Deno.test("POST /identity names a stale nonce and a wrong proof, and notes neither", async () => {
  const { ask, records, sessions } = identityApp();
  const signer = await newSigner();
  const token = sessions.begin({ user: "mai", address: "", browser: "" });
  const headers = { cookie: `session=${token}` };
  const other = await ask("/identity/nonce", { headers });
  const theirs = decodeIdentityNonce(await other.text());
  const stolen = await provingRequest(signer, theirs);
  const badNonce = [403, "bad-nonce"];
  assert.deepEqual(await refusal(ask("/identity", json(stolen))), badNonce);
  const good = await provingRequest(signer, await nonceFor(ask));
  const { key } = await newSigner();
  const badProof = [403, "bad-proof"];
  const unproven = json({ ...good, key });
  assert.deepEqual(await refusal(ask("/identity", unproven)), badProof);
  assert.deepEqual(records, []);
});
