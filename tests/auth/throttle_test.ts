/** Who has to wait before the next guess, and who never has to. @module */
import assert from "node:assert/strict";
import { ENTRIES_MAX, FailureCounts } from "../../lib/auth/failure_counts.ts";
import { networkOf } from "../../lib/auth/network.ts";
import { LoginThrottle, type Tried } from "../../lib/auth/throttle.ts";
import { ManualClock } from "../../lib/clock.ts";

const MAI = { account: "mai", address: "10.0.0.7" };

function parts() {
  const clock = new ManualClock();
  return { clock, throttle: new LoginThrottle(clock) };
}

function fail(throttle: LoginThrottle, times: number, tried: Tried): void {
  for (let i = 0; i < times; i++) throttle.failed(tried);
}

Deno.test("LoginThrottle doubles the wait up to a minute and forgets in time", () => {
  const { clock, throttle } = parts();
  fail(throttle, 9, MAI);
  assert.equal(throttle.waitMs(MAI), 0);
  const waits = [];
  for (let i = 0; i < 8; i++) {
    throttle.failed(MAI);
    waits.push(throttle.waitMs(MAI) / 1_000);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
  clock.advance(60_000);
  assert.equal(throttle.waitMs(MAI), 0);
  throttle.failed(MAI);
  assert.equal(throttle.waitMs(MAI), 60_000);
  clock.advance(15 * 60_000);
  throttle.failed(MAI);
  assert.equal(throttle.waitMs(MAI), 0);
});

Deno.test("LoginThrottle makes nobody wait longer where the clock is set back", () => {
  let now = 10 * 3_600_000;
  const throttle = new LoginThrottle({ now: () => now, after: () => () => {} });
  fail(throttle, 20, MAI);
  assert.equal(throttle.waitMs(MAI), 60_000);
  now -= 3_600_000;
  assert.equal(throttle.waitMs(MAI), 60_000);
  now += 60_000;
  assert.equal(throttle.waitMs(MAI), 0);
});

Deno.test("LoginThrottle slows one address at one account, and forgives it for a login", () => {
  const { throttle } = parts();
  fail(throttle, 10, MAI);
  assert.equal(throttle.waitMs(MAI), 1_000);
  assert.equal(throttle.waitMs({ ...MAI, address: "10.0.0.8" }), 0);
  assert.equal(throttle.waitMs({ ...MAI, account: "an" }), 0);
  throttle.succeeded(MAI);
  assert.equal(throttle.waitMs(MAI), 0);
});

Deno.test("LoginThrottle takes a /64 of IPv6 for one guesser, and v4 within v6 for v4", () => {
  const { throttle } = parts();
  for (let i = 0; i < 10; i++) {
    throttle.failed({ account: "mai", address: `2001:db8:1:2::${i}` });
  }
  const wait = (address: string) => throttle.waitMs({ ...MAI, address });
  assert.equal(wait("2001:db8:1:2:ffff::1"), 1_000);
  assert.equal(wait("2001:db8:1:3::1"), 0);
  fail(throttle, 10, { ...MAI, address: "::ffff:10.0.0.7" });
  assert.equal(wait("10.0.0.7"), 1_000);
});

Deno.test("LoginThrottle slows an address that tries one account after the other", () => {
  const { throttle } = parts();
  const address = "203.0.113.9";
  for (let i = 0; i < 99; i++) {
    throttle.failed({ account: `account ${i}`, address });
  }
  assert.equal(throttle.waitMs({ account: "mai", address }), 0);
  throttle.failed({ account: "another", address });
  assert.equal(throttle.waitMs({ account: "mai", address }), 1_000);
  // An account of one's own does not buy further guesses at others.
  throttle.succeeded({ account: "own", address });
  assert.equal(throttle.waitMs({ account: "mai", address }), 1_000);
  assert.equal(throttle.waitMs(MAI), 0);
});

Deno.test("LoginThrottle slows all strangers where many addresses try one account", () => {
  const { throttle } = parts();
  const guess = (i: number) =>
    throttle.failed({ account: "mai", address: `198.51.100.${i}` });
  for (let i = 0; i < 49; i++) guess(i);
  const newcomer = { account: "mai", address: "192.0.2.1" };
  assert.equal(throttle.waitMs(newcomer), 0);
  guess(50);
  assert.equal(throttle.waitMs(newcomer), 1_000);
  guess(51);
  assert.equal(throttle.waitMs(newcomer), 2_000);
  assert.equal(throttle.waitMs({ ...newcomer, account: "an" }), 0);
});

Deno.test("LoginThrottle lets no stranger lock out a person who is or was signed in", () => {
  const { throttle } = parts();
  const home = { account: "mai", address: "192.0.2.1" };
  throttle.succeeded(home);
  const school = { account: "mai", address: "192.0.2.2", known: true };
  const browser = { account: "mai", address: "192.0.2.3", session: "id" };
  for (let i = 0; i < 1_000; i++) {
    throttle.failed({ account: "mai", address: `198.51.100.${i % 250}` });
    // They share the browser's address, and its network is slowed everywhere.
    throttle.failed({ account: `account ${i}`, address: browser.address });
    throttle.failed({ account: "mai", address: browser.address });
  }
  const stranger = { account: "mai", address: "192.0.2.4" };
  assert.equal(throttle.waitMs(stranger), 60_000);
  assert.equal(throttle.waitMs({ ...browser, session: undefined }), 60_000);
  for (const known of [home, school, browser]) {
    assert.equal(throttle.waitMs(known), 0);
    fail(throttle, 10, known);
    assert.equal(throttle.waitMs(known), 1_000, "who is known is no exception");
  }
});

Deno.test("LoginThrottle remembers a bounded part of a million addresses, and slow ones longest", () => {
  const { throttle } = parts();
  const slowed = { account: "mai", address: "203.0.113.9" };
  fail(throttle, 16, slowed);
  for (let i = 0; i < 1_000_000; i++) {
    const hex = i.toString(16);
    const account = `account ${i}`;
    throttle.failed({
      account,
      address: `2001:db8:${hex.slice(0, -4) || 0}:${hex.slice(-4)}::1`,
    });
    if (i % 10 === 0) throttle.succeeded({ account, address: `10.0.0.${i}` });
  }
  // Three kinds of counts with those who wait and those who do not, and who is known.
  assert.ok(throttle.size <= 7 * ENTRIES_MAX, String(throttle.size));
  assert.ok(throttle.size > ENTRIES_MAX);
  assert.equal(throttle.waitMs(slowed), 60_000);
});

Deno.test("FailureCounts keeps a bounded number of those who wait, the latest", () => {
  const counts = new FailureCounts(new ManualClock(), 1);
  counts.add("first");
  for (let i = 0; i < 3 * ENTRIES_MAX; i++) {
    counts.add(`guesser ${i}`);
    if (counts.size > ENTRIES_MAX) assert.fail(`${counts.size} entries`);
  }
  assert.equal(counts.waitMs("first"), 0);
  for (let i = 1; i <= ENTRIES_MAX / 2; i++) {
    assert.equal(counts.waitMs(`guesser ${3 * ENTRIES_MAX - i}`), 1_000);
  }
});

Deno.test("networkOf() is one name for all that one machine may have", () => {
  const cases: [address: string, network: string][] = [
    ["10.0.0.7", "10.0.0.7"],
    ["::ffff:10.0.0.7", "10.0.0.7"],
    ["::FFFF:10.0.0.7", "10.0.0.7"],
    ["::ffff:a00:7", "10.0.0.7"],
    ["0:0:0:0:0:ffff:10.0.0.7", "10.0.0.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8:0001:0002::9", "2001:db8:1:2::/64"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["unknown", "unknown"],
    ["", ""],
  ];
  for (const [address, network] of cases) {
    assert.equal(networkOf(address), network, address);
  }
});
