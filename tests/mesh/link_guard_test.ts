import assert from "node:assert/strict";
import {
  LINK_RATE,
  LinkGuard,
  STRIKES_MAX,
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

const certificate = certificateOf("bob", deviceKey("bob"));
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
  guard.opened(bob, NOW);
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
  const outcomes = Array.from({ length: STRIKES_MAX }, () => guard.strike(bob));
  assert.equal(outcomes.indexOf(true), STRIKES_MAX - 1);
});
