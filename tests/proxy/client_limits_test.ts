/**
 * How much one client may ask, and that counting it stays cheap.
 * @module
 */
import assert from "node:assert/strict";
import { parseConf } from "../../lib/conf/parse_conf.ts";
import {
  clientKey,
  ClientLimits,
  CLIENTS_MAX,
  REFUSALS_PER_CLIENT_MAX,
} from "../../lib/proxy/client_limits.ts";

const RATE = { perSecond: 2, burst: 4 };
const NOW = 1_000_000;

for (
  const [address, key] of [
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:db8:1:3::9", "2001:db8:1:3::/64"],
    ["2001:0DB8:0001:2:0:0:0:9", "2001:db8:1:2::/64"],
    ["2001:db8::9", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::", "fe80:0:0:0::/64"],
  ] as const
) {
  Deno.test(`clientKey() counts ${address} as ${key}`, () => {
    assert.equal(clientKey(address), key);
  });
}

Deno.test("ClientLimits serves up to the limit, tells the next ones, drops the rest", () => {
  const limits = new ClientLimits({ connectionsMax: 3, rate: undefined });
  const client = limits.of("192.0.2.1", NOW);
  const verdicts = Array.from(
    { length: 5 + REFUSALS_PER_CLIENT_MAX },
    () => limits.opened(client),
  );
  assert.deepEqual(verdicts.slice(0, 4), [
    "served",
    "served",
    "served",
    "refused",
  ]);
  assert.deepEqual(verdicts.slice(-3), ["refused", "dropped", "dropped"]);
  assert.equal(limits.opened(limits.of("192.0.2.2", NOW)), "served");
});

Deno.test("ClientLimits has room again when a connection ends", () => {
  const limits = new ClientLimits({ connectionsMax: 1, rate: undefined });
  const client = limits.of("192.0.2.1", NOW);
  limits.opened(client);
  assert.equal(limits.opened(client), "refused");
  limits.closed(client, { verdict: "refused", now: NOW });
  assert.equal(limits.opened(client), "refused");
  limits.closed(client, { verdict: "served", now: NOW });
  assert.equal(limits.opened(limits.of("192.0.2.1", NOW)), "served");
});

Deno.test("ClientLimits counts an IPv6 network of 64 bits as one client", () => {
  const limits = new ClientLimits({ connectionsMax: 1, rate: undefined });
  limits.opened(limits.of("2001:db8::1", NOW));
  assert.equal(limits.opened(limits.of("2001:db8::2", NOW)), "refused");
  assert.equal(limits.opened(limits.of("2001:db8:0:1::1", NOW)), "served");
});

Deno.test("ClientLimits with 0 serves any number", () => {
  const limits = new ClientLimits({ connectionsMax: 0, rate: undefined });
  const client = limits.of("192.0.2.1", NOW);
  for (let at = 0; at < 10_000; at++) {
    assert.equal(limits.opened(client), "served");
  }
});

Deno.test("ClientLimits allows a burst, then says how long to wait", () => {
  const limits = new ClientLimits({ connectionsMax: 0, rate: RATE });
  const client = limits.of("192.0.2.1", NOW);
  const waits = Array.from(
    { length: 6 },
    () => limits.secondsToWait(client, NOW),
  );
  assert.deepEqual(waits, [0, 0, 0, 0, 1, 1]);
  assert.equal(limits.secondsToWait(client, NOW + 500), 0);
  assert.equal(limits.secondsToWait(limits.of("192.0.2.2", NOW), NOW), 0);
});

Deno.test("ClientLimits tells a slow rate's whole wait", () => {
  const rate = { perSecond: 1 / 60, burst: 1 };
  const limits = new ClientLimits({ connectionsMax: 0, rate });
  const client = limits.of("192.0.2.1", NOW);
  limits.secondsToWait(client, NOW);
  assert.equal(limits.secondsToWait(client, NOW), 60);
  assert.equal(limits.secondsToWait(client, NOW + 30_500), 30);
});

Deno.test("ClientLimits remembers a client that left with its burst spent", () => {
  const limits = new ClientLimits({ connectionsMax: 0, rate: RATE });
  const client = limits.of("192.0.2.1", NOW);
  limits.opened(client);
  for (let at = 0; at < 4; at++) limits.secondsToWait(client, NOW);
  limits.closed(client, { verdict: "served", now: NOW });
  assert.equal(limits.secondsToWait(limits.of("192.0.2.1", NOW), NOW), 1);
});

Deno.test("ClientLimits forgets who left, and who has not asked for a while", () => {
  const limits = new ClientLimits({ connectionsMax: 0, rate: RATE });
  for (let at = 0; at < 1000; at++) {
    limits.secondsToWait(limits.of(`10.0.${at >> 8}.${at & 255}`, NOW), NOW);
  }
  assert.equal(limits.size, 1000);
  for (let at = 0; at < 200; at++) limits.of(`10.1.0.${at}`, NOW + 60_000);
  assert.ok(limits.size < 250, String(limits.size));
});

Deno.test("ClientLimits keeps its table bounded, and those who are connected", () => {
  const limits = new ClientLimits({ connectionsMax: 1, rate: RATE });
  const connected = limits.of("192.0.2.1", NOW);
  limits.opened(connected);
  for (let at = 0; at < CLIENTS_MAX + 5000; at++) {
    const address = `${10 + (at >> 16)}.0.${(at >> 8) & 255}.${at & 255}`;
    limits.secondsToWait(limits.of(address, NOW), NOW);
  }
  assert.ok(limits.size <= CLIENTS_MAX, String(limits.size));
  assert.equal(limits.opened(limits.of("192.0.2.1", NOW)), "refused");
});

Deno.test("ClientLimits with other rules counts anew, and keeps who is connected", () => {
  const limits = new ClientLimits({ connectionsMax: 9, rate: undefined });
  const client = limits.of("192.0.2.1", NOW);
  limits.opened(client);
  limits.use({ connectionsMax: 1, rate: RATE }, NOW);
  assert.equal(limits.opened(client), "refused");
  const waits = Array.from(
    { length: 5 },
    () => limits.secondsToWait(client, NOW),
  );
  assert.deepEqual(waits, [0, 0, 0, 0, 1]);
});

Deno.test("the shipped conf never limits a class of 60 behind one address", async () => {
  const url = new URL("../../config/proxy.conf", import.meta.url);
  const { server } = parseConf(await Deno.readTextFile(url));
  const limits = new ClientLimits(server.client);
  const school = limits.of("192.0.2.1", NOW);
  // Two windows each, with the six connections of a browser and a WebSocket.
  for (let at = 0; at < 60 * 2 * 7; at++) {
    assert.equal(limits.opened(school), "served");
  }
  // All load the page in one moment, then introduce themselves to each other.
  for (let at = 0; at < 60 * 2 * 100; at++) {
    assert.equal(limits.secondsToWait(school, NOW), 0);
  }
});
