import assert from "node:assert/strict";
import { lanOrigins, localOrigin } from "../../lib/supervisor/addresses.ts";

const INTERFACES = [
  { family: "IPv4", address: "127.0.0.1" },
  { family: "IPv6", address: "::1" },
  { family: "IPv4", address: "192.168.1.5" },
  { family: "IPv4", address: "169.254.9.9" },
  { family: "IPv6", address: "fe80::1" },
  { family: "IPv6", address: "2001:db8::5" },
] as const;

Deno.test("localOrigin() leads to loopback where all addresses are served", () => {
  assert.equal(
    localOrigin({ ip: "0.0.0.0", port: 8081, secure: false }),
    "http://127.0.0.1:8081",
  );
  assert.equal(
    localOrigin({ ip: "::", port: 8081, secure: false }),
    "http://127.0.0.1:8081",
  );
});

Deno.test("localOrigin() keeps a single address, IPv6 in brackets", () => {
  assert.equal(
    localOrigin({ ip: "192.168.1.5", port: 80, secure: false }),
    "http://192.168.1.5:80",
  );
  assert.equal(
    localOrigin({ ip: "::1", port: 80, secure: false }),
    "http://[::1]:80",
  );
});

Deno.test("lanOrigins() lists what others on the network can open", () => {
  assert.deepEqual(
    lanOrigins({ ip: "0.0.0.0", port: 8081, secure: false }, INTERFACES),
    [
      "http://192.168.1.5:8081",
    ],
  );
  assert.deepEqual(
    lanOrigins({ ip: "::", port: 8081, secure: false }, INTERFACES),
    [
      "http://192.168.1.5:8081",
      "http://[2001:db8::5]:8081",
    ],
  );
});

Deno.test("lanOrigins() lists nothing where only one address is served", () => {
  assert.deepEqual(
    lanOrigins({ ip: "127.0.0.1", port: 8081, secure: false }, INTERFACES),
    [],
  );
});

Deno.test("origins say https where the front door does", () => {
  const door = { ip: "0.0.0.0", port: 8443, secure: true };
  assert.equal(localOrigin(door), "https://127.0.0.1:8443");
  assert.match(lanOrigins(door, INTERFACES)[0] ?? "", /^https:\/\/.+:8443$/);
});
