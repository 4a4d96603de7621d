import assert from "node:assert/strict";
import { addressesOf, localOrigin } from "../../lib/supervisor/addresses.ts";

const INTERFACES = [
  { family: "IPv4", address: "127.0.0.1" },
  { family: "IPv6", address: "::1" },
  { family: "IPv4", address: "192.168.1.5" },
  { family: "IPv4", address: "169.254.9.9" },
  { family: "IPv6", address: "fe80::1" },
  { family: "IPv6", address: "2001:db8::5" },
] as const;

const PLAIN = { port: 8081, secure: false };
const SECURE = { ip: "0.0.0.0", port: 8443, secure: true };

function othersAt(ip: string): string[] {
  return addressesOf({ ip, ...PLAIN }, { interfaces: INTERFACES }).others;
}

Deno.test("localOrigin() leads to loopback where all addresses are served", () => {
  assert.equal(
    localOrigin({ ip: "0.0.0.0", ...PLAIN }),
    "http://127.0.0.1:8081",
  );
  assert.equal(localOrigin({ ip: "::", ...PLAIN }), "http://127.0.0.1:8081");
});

Deno.test("localOrigin() keeps a single address, IPv6 in brackets", () => {
  assert.equal(
    localOrigin({ ip: "192.168.1.5", ...PLAIN }),
    "http://192.168.1.5:8081",
  );
  assert.equal(localOrigin({ ip: "::1", ...PLAIN }), "http://[::1]:8081");
});

Deno.test("addressesOf() lists what others on the network can open", () => {
  assert.deepEqual(othersAt("0.0.0.0"), ["http://192.168.1.5:8081"]);
  assert.deepEqual(othersAt("::"), [
    "http://192.168.1.5:8081",
    "http://[2001:db8::5]:8081",
  ]);
});

Deno.test("addressesOf() lists nothing where only one address is served", () => {
  assert.deepEqual(othersAt("127.0.0.1"), []);
});

Deno.test("addressesOf() has the conf's name where that serves no address", () => {
  const name = "chat.lan";
  assert.deepEqual(
    addressesOf(SECURE, { interfaces: INTERFACES, name, certified: ["b.lan"] }),
    { own: "https://chat.lan:8443", others: [] },
  );
});

Deno.test("addressesOf() takes over https what the certificate is good for", () => {
  const at = (...certified: string[]) =>
    addressesOf(SECURE, { interfaces: INTERFACES, certified });
  const named = "https://chat.lan:8443";
  assert.deepEqual(at("chat.lan"), { own: named, others: [named] });
  assert.deepEqual(at("chat.lan", "localhost", "127.0.0.1", "::1"), {
    own: "https://127.0.0.1:8443",
    others: [named],
  });
  assert.deepEqual(at("localhost", "chat.lan", "192.168.1.5"), {
    own: "https://localhost:8443",
    others: [named, "https://192.168.1.5:8443"],
  });
  // It tells none of the names below it, and this machine is not all of them.
  assert.deepEqual(at("*.lan", "192.168.1.77"), {
    own: "https://127.0.0.1:8443",
    others: [],
  });
});

Deno.test("addressesOf() lists all where the certificate can't be read, or there is none", () => {
  const own = "https://127.0.0.1:8443";
  assert.deepEqual(addressesOf(SECURE, { interfaces: INTERFACES }), {
    own,
    others: ["https://192.168.1.5:8443"],
  });
  const certified = ["chat.lan"];
  const door = { ip: "0.0.0.0", ...PLAIN };
  assert.deepEqual(addressesOf(door, { interfaces: INTERFACES, certified }), {
    own: "http://127.0.0.1:8081",
    others: ["http://192.168.1.5:8081"],
  });
});
