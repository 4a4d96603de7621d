import assert from "node:assert/strict";
import {
  LINK_RATE,
  LinkGuard,
  STRIKES_KEPT_MS,
  STRIKES_MAX,
  STRUCK_MAX,
} from "../../lib/mesh/link_guard.ts";
import {
  encodeLinkMessage,
  LINK_VERSION,
  type ReceivedMessage,
} from "../../lib/wire/link.ts";
import { certificateOf, deviceKey } from "../tools/cheap_keys.ts";
import { peerId } from "../tools/ids.ts";

const bob = peerId("bob");
const NOW = 1_000_000;

const BOBS_DEVICE = deviceKey("bob");
const certificate = certificateOf("bob", BOBS_DEVICE);
const HELLO = encodeLinkMessage({
  type: "hello",
  version: LINK_VERSION,
  peer: bob,
  channels: [],
  certificate,
  proof: certificate.signature,
});

const JOINED = encodeLinkMessage({
  type: "channel-joined",
  channel: "general",
});

function outcome(admitted: ReceivedMessage | { breach: string }): string {
  return "breach" in admitted ? admitted.breach : admitted.type;
}

function guardOf(...texts: string[]): { guard: LinkGuard; outcomes: string[] } {
  const guard = new LinkGuard();
  guard.opened(bob, BOBS_DEVICE, NOW);
  const outcomes = texts.map((text) => outcome(guard.admit(bob, text, NOW)));
  return { guard, outcomes };
}

Deno.test("LinkGuard.admit() takes no second hello", () => {
  const { outcomes } = guardOf(JOINED, HELLO, JOINED);
  assert.deepEqual(outcomes, [
    "channel-joined",
    "a second hello",
    "channel-joined",
  ]);
});

Deno.test("LinkGuard.admit() counts bytes that are no message, and throws for none", () => {
  const junk = ["", "hello", "null", "[]", `{"type":"__proto__"}`, "\ud800"];
  const { outcomes } = guardOf(JOINED, ...junk);
  assert.equal(outcomes.length, junk.length + 1);
  assert.ok(!outcomes.slice(1).includes("channel-joined"));
});

Deno.test("LinkGuard.admit() stops a flood and lets the peer go on when it slows down", () => {
  const { guard } = guardOf();
  const outcomes = Array.from(
    { length: LINK_RATE.burst },
    () => outcome(guard.admit(bob, JOINED, NOW)),
  );
  assert.equal(outcomes.at(-1), "channel-joined");
  assert.equal(outcome(guard.admit(bob, JOINED, NOW)), "too many messages");
  const later = outcome(guard.admit(bob, JOINED, NOW + 1_000));
  assert.equal(later, "channel-joined");
});

Deno.test("LinkGuard.strike() lets a peer go at the limit, and not before", () => {
  const { guard } = guardOf();
  const outcomes = Array.from(
    { length: STRIKES_MAX },
    () => guard.strike(bob, NOW),
  );
  assert.equal(outcomes.indexOf(true), STRIKES_MAX - 1);
});

Deno.test("LinkGuard.strike() goes on counting where a device comes again, until it has behaved for long", () => {
  const { guard } = guardOf();
  const last = STRIKES_MAX - 1;
  const strikes = (count: number, now: number) =>
    Array.from({ length: count }, () => guard.strike(bob, now)).at(-1);
  assert.equal(strikes(last, NOW), false);
  const later = NOW + STRIKES_KEPT_MS;
  guard.closed(bob);
  guard.opened(bob, BOBS_DEVICE, later);
  assert.equal(strikes(last, later), false);
  guard.closed(bob);
  const again = peerId("bob again");
  guard.opened(again, BOBS_DEVICE, later);
  assert.equal(guard.strike(again, later + STRIKES_KEPT_MS - 1), true);
});

Deno.test("LinkGuard.strike() remembers so many devices, and those struck last", () => {
  const guard = new LinkGuard();
  const strike = (name: string, count = 1) => {
    const peer = peerId(name);
    guard.opened(peer, name, NOW);
    const ends = Array.from({ length: count }, () => guard.strike(peer, NOW));
    guard.closed(peer);
    return ends.includes(true);
  };
  assert.equal(strike("first", STRIKES_MAX - 1), false);
  assert.equal(strike("second", STRIKES_MAX - 1), false);
  for (let at = 0; at < STRUCK_MAX - 1; at++) strike(`other${at}`);
  assert.equal(strike("second"), true);
  assert.equal(strike("first"), false);
});
