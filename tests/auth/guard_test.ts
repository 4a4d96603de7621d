/** Who asks, and from which page. @module */
import assert from "node:assert/strict";
import {
  clientAddress,
  isDirectAndLocal,
  isFromThisMachine,
  isOwnOrigin,
} from "../../lib/auth/guard.ts";
import { peer } from "./_auth_app.ts";

function asking(
  headers: Record<string, string>,
  host = "chat.lan:8081",
): Request {
  return new Request(`http://${host}/login`, { headers });
}

const STRANGER = peer("203.0.113.9");

Deno.test("clientAddress() believes X-Forwarded-For from a trusted proxy only", () => {
  const forged = asking({ "x-forwarded-for": "127.0.0.1" });
  assert.equal(clientAddress(forged, STRANGER), "203.0.113.9");
  for (const local of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) {
    assert.equal(
      clientAddress(asking({ "x-forwarded-for": "10.0.0.7" }), peer(local)),
      "10.0.0.7",
    );
  }
  assert.equal(clientAddress(asking({}), peer("::1")), "::1");
});

Deno.test("isDirectAndLocal() is false for a stranger and behind a proxy", () => {
  assert.equal(isDirectAndLocal(asking({}), peer("127.0.0.1")), true);
  assert.equal(isDirectAndLocal(asking({}), STRANGER), false);
  const proxied = asking({ "x-forwarded-for": "127.0.0.1" });
  assert.equal(isDirectAndLocal(proxied, peer("127.0.0.1")), false);
});

Deno.test("isFromThisMachine() needs every address on the way to be its own", () => {
  const local = peer("127.0.0.1");
  const cases: [string | undefined, ReturnType<typeof peer>, boolean][] = [
    [undefined, local, true],
    [undefined, peer("::1"), true],
    ["127.0.0.1", local, true],
    ["::ffff:127.0.0.1, ::1", local, true],
    ["203.0.113.9", local, false],
    ["203.0.113.9, 127.0.0.1", local, false],
    ["127.0.0.1, 203.0.113.9", local, false],
    ["", local, false],
    ["localhost", local, false],
    ["127.0.0.1.evil.example", local, false],
    [undefined, STRANGER, false],
    ["127.0.0.1", STRANGER, false],
  ];
  for (const [forwarded, connection, expected] of cases) {
    const request = asking(
      forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
      "127.0.0.1:9000",
    );
    assert.equal(isFromThisMachine(request, connection), expected, forwarded);
  }
});

Deno.test("isFromThisMachine() needs to be asked by a name for this machine alone", () => {
  const cases: [host: string, expected: boolean][] = [
    ["127.0.0.1", true],
    ["127.1.2.3:8081", true],
    ["localhost:8081", true],
    ["LOCALHOST", true],
    ["[::1]:8081", true],
    ["evil.example:8081", false],
    ["127.0.0.1.evil.example", false],
    ["localhost.evil.example", false],
    ["192.168.1.5:8081", false],
    ["127.0.0.1@evil.example", false],
  ];
  for (const [host, expected] of cases) {
    const headers = {
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": host,
    };
    const behindProxy = asking(headers, "127.0.0.1:9000");
    assert.equal(isFromThisMachine(behindProxy, peer("::1")), expected, host);
  }
  const direct = asking({ host: "evil.example" });
  assert.equal(isFromThisMachine(direct, peer("127.0.0.1")), false);
});

Deno.test("isOwnOrigin() compares the Origin with the host that was asked", () => {
  const cases: [Record<string, string>, boolean][] = [
    [{}, true],
    [{ origin: "http://chat.lan:8081" }, true],
    [{ origin: "https://chat.lan:8081" }, true],
    [{ origin: "http://chat.lan" }, false],
    [{ origin: "null" }, false],
    [{ origin: "" }, false],
    [{ origin: "file://" }, false],
    [{ origin: "http://chat.lan:8081.evil.example" }, false],
    [{ "sec-fetch-site": "none" }, true],
    [{ "sec-fetch-site": "cross-site" }, false],
  ];
  for (const [headers, own] of cases) {
    assert.equal(isOwnOrigin(asking(headers)), own, headers["origin"]);
  }
});
