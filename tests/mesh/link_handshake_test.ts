import assert from "node:assert/strict";
import {
  type HandshakeAction,
  HELD_CHARS_MAX,
  HELD_MESSAGES_MAX,
  HELLO_CHARS_MAX,
  HELLO_TIMEOUT_MS,
  LinkHandshake,
} from "../../lib/mesh/link_handshake.ts";
import { encodeLinkMessage, LINK_VERSION } from "../../lib/wire/link.ts";
import { certificateOf, deviceKey } from "../tools/cheap_keys.ts";
import { peerId } from "../tools/ids.ts";

const NOW = 1_000_000;
const bob = peerId("bob");
const certificate = certificateOf("bob", deviceKey("bob"));

function hello(peer = bob): string {
  return encodeLinkMessage({
    type: "hello",
    version: LINK_VERSION,
    peer,
    channels: ["general"],
    certificate,
    proof: certificate.signature,
  });
}

/** `judge`, `verified`, `deliver TEXT`, `refuse WHY`. */
function told(actions: HandshakeAction[]): string[] {
  return actions.map((action) => {
    if (action.type === "deliver") return `deliver ${action.text}`;
    if (action.type === "refuse") return `refuse ${action.refusal}`;
    return action.type;
  });
}

function checking(): LinkHandshake {
  const handshake = new LinkHandshake(bob, NOW);
  assert.deepEqual(told(handshake.receive(hello())), ["judge"]);
  return handshake;
}

Deno.test("LinkHandshake takes nothing before the hello holds, and then all of it in order", () => {
  const handshake = checking();
  assert.equal(handshake.isVerified, false);
  assert.deepEqual(handshake.receive("one"), []);
  assert.deepEqual(handshake.receive("two"), []);
  assert.deepEqual(told(handshake.judged({ until: Infinity })), [
    "verified",
    "deliver one",
    "deliver two",
  ]);
  assert.equal(handshake.isVerified, true);
  assert.deepEqual(told(handshake.receive("three")), ["deliver three"]);
});

Deno.test("LinkHandshake takes nothing of one whose hello does not hold", () => {
  const handshake = checking();
  handshake.receive("one");
  const actions = handshake.judged({ refusal: "bad-proof" });
  assert.deepEqual(told(actions), ["refuse bad-proof"]);
  assert.deepEqual(handshake.receive("two"), []);
  assert.deepEqual(handshake.judged({ until: Infinity }), []);
  assert.equal(handshake.isVerified, false);
  assert.equal(handshake.dueAt, Infinity);
});

Deno.test("LinkHandshake refuses whatever is no whole hello", () => {
  const whole = hello();
  const { proof: _, ...unproven } = JSON.parse(whole);
  const { certificate: __, ...uncertified } = JSON.parse(whole);
  const padded = { ...JSON.parse(whole), padding: "x".repeat(HELLO_CHARS_MAX) };
  const wrong = [
    "",
    "hello",
    `{"type":"channel-joined","channel":"general"}`,
    whole.slice(0, -1),
    whole.slice(0, whole.length / 2),
    JSON.stringify(unproven),
    JSON.stringify(uncertified),
    JSON.stringify(padded),
    JSON.stringify({ ...JSON.parse(whole), version: 1 }),
    JSON.stringify({ ...JSON.parse(whole), proof: "x".repeat(86) }),
    JSON.stringify({ ...JSON.parse(whole), proof: 5 }),
    JSON.stringify({
      ...JSON.parse(whole),
      certificate: { ...certificate, key: "short" },
    }),
  ];
  for (const text of wrong) {
    const actions = new LinkHandshake(bob, NOW).receive(text);
    assert.deepEqual(told(actions), ["refuse no-hello"], text.slice(0, 200));
  }
});

Deno.test("LinkHandshake takes another peer's hello as a sign of somebody in the middle", () => {
  const actions = new LinkHandshake(bob, NOW).receive(hello(peerId("carol")));
  assert.deepEqual(told(actions), ["refuse bad-proof"]);
});

Deno.test("LinkHandshake waits for a hello, and for its check, so long and no longer", () => {
  const silent = new LinkHandshake(bob, NOW);
  assert.equal(silent.dueAt, NOW + HELLO_TIMEOUT_MS);
  assert.deepEqual(silent.tick(NOW + HELLO_TIMEOUT_MS - 1), []);
  const over = told(silent.tick(NOW + HELLO_TIMEOUT_MS));
  assert.deepEqual(over, ["refuse no-hello"]);
  assert.deepEqual(silent.receive(hello()), []);

  const unchecked = checking();
  const actions = unchecked.tick(NOW + HELLO_TIMEOUT_MS);
  assert.deepEqual(told(actions), ["refuse bad-certificate"]);
});

Deno.test("LinkHandshake ends a link when the certificate that opened it runs out", () => {
  const handshake = checking();
  handshake.judged({ until: NOW + 60_000 });
  assert.deepEqual(handshake.tick(NOW + 59_999), []);
  const actions = handshake.tick(NOW + 60_000);
  assert.deepEqual(told(actions), ["renew"]);
  assert.deepEqual(handshake.receive("more"), []);
});

Deno.test("LinkHandshake ends what is verified, once, and nothing else", () => {
  const handshake = checking();
  assert.deepEqual(handshake.ended(), []);
  handshake.judged({ until: NOW + 60_000 });
  assert.deepEqual(told(handshake.ended()), ["renew"]);
  assert.deepEqual(handshake.ended(), []);
  assert.equal(handshake.isVerified, false);
});

Deno.test("LinkHandshake holds so many messages and characters back, and no more", () => {
  const many = checking();
  for (let count = 0; count < HELD_MESSAGES_MAX; count++) {
    assert.deepEqual(many.receive("x"), []);
  }
  assert.deepEqual(told(many.receive("x")), ["refuse no-hello"]);

  const large = checking();
  const half = "x".repeat(HELD_CHARS_MAX / 2);
  assert.deepEqual(large.receive(half), []);
  assert.deepEqual(large.receive(half), []);
  assert.deepEqual(told(large.receive("x")), ["refuse no-hello"]);
});
