import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import type { Identity } from "../../lib/mesh/identity_client.ts";
import { LinkDoor } from "../../lib/mesh/link_door.ts";
import { HELLO_TIMEOUT_MS } from "../../lib/mesh/link_handshake.ts";
import { NativeKeys } from "../../lib/mesh/native_keys.ts";
import type { Fingerprint } from "../../lib/wire/link_proof.ts";
import { certificateOf } from "../tools/cheap_keys.ts";
import { peerId } from "../tools/ids.ts";

const keys = new NativeKeys(crypto.subtle);
const [CERT_A, CERT_B, CERT_M] = ["0A", "0B", "0C"]
  .map((pair) => Array(32).fill(pair).join(":")) as [string, string, string];
const FAR = 9_000_000_000_000;

async function newIdentity(user: string): Promise<Identity> {
  const signer = keys.signer(await keys.makeKey());
  assert.ok(signer);
  return { certificate: certificateOf(user, signer.key), signer };
}

interface End {
  door: LinkDoor;
  peer: string;
  /** What it said, in order. */
  said: string[];
  /** `verified USER`, `message TEXT`, `refused WHY`. */
  events: string[];
  settings: {
    user: string;
    now: number;
    expires: number;
    genuine: boolean;
    revoked: boolean;
  };
  identity: Identity;
}

async function newEnd(
  name: string,
  { clock, knows, identity }: {
    clock: ManualClock;
    knows: string;
    identity?: Identity;
  },
): Promise<End> {
  const own = identity ?? await newIdentity(name);
  const said: string[] = [];
  const events: string[] = [];
  const settings = {
    ...{ user: knows, now: 5_000, expires: FAR, genuine: true },
    revoked: false,
  };
  const door = new LinkDoor({
    self: peerId(name),
    clock,
    verifier: keys,
    judge: () => ({
      isGenuine: () => Promise.resolve(settings.genuine),
      isCurrent: () => Promise.resolve(settings.now < settings.expires),
      isRevoked: () => settings.revoked,
      now: () => settings.now,
    }),
    identity: () => Promise.resolve(own),
    channels: () => ["general"],
    userOf: () => settings.user,
    send: (_to, text) => said.push(text),
    verified: (_peer, hello) =>
      events.push(`verified ${hello.certificate.user}`),
    message: (_from, text) => events.push(`message ${text}`),
    refused: (_peer, refusal) => events.push(`refused ${refusal}`),
    ended: () => events.push("ended"),
  });
  return { door, peer: peerId(name), said, events, settings, identity: own };
}

/** Opens both ends; each sees the certificates given, `[local, remote]`. */
async function open(
  [a, b]: [End, End],
  [seenByA, seenByB]: [[Fingerprint, Fingerprint], [Fingerprint, Fingerprint]],
  links: [string, string] = [peerId("link"), peerId("link")],
): Promise<void> {
  const [linkOfA, linkOfB] = links;
  const ends = (seen: [Fingerprint, Fingerprint]) => ({
    local: seen[0],
    remote: seen[1],
  });
  a.door.opened(b.peer, { link: linkOfA, fingerprints: ends(seenByA) });
  b.door.opened(a.peer, { link: linkOfB, fingerprints: ends(seenByB) });
  await until(() => a.said.length > 0 && b.said.length > 0);
}

/** Signatures are made in other threads: turns of the loop, up to a bound. */
async function until(claim: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !claim(); turn++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.ok(claim());
}

async function pair(): Promise<{ clock: ManualClock; a: End; b: End }> {
  const clock = new ManualClock();
  const a = await newEnd("alice", { clock, knows: "bob" });
  const b = await newEnd("bob", { clock, knows: "alice" });
  return { clock, a, b };
}

const STRAIGHT: [[string, string], [string, string]] = [
  [CERT_A, CERT_B],
  [CERT_B, CERT_A],
];

async function outcome(end: End, from: End, text: string): Promise<string> {
  end.door.receive(from.peer, text);
  await until(() => end.events.length > 0);
  return end.events.join();
}

Deno.test("LinkDoor lets both in who show that they are at the ends of one link", async () => {
  const { a, b } = await pair();
  await open([a, b], STRAIGHT);
  a.door.receive(b.peer, b.said[0] ?? "");
  a.door.receive(b.peer, "said at once");
  assert.equal(await outcome(b, a, a.said[0] ?? ""), "verified alice");
  await until(() => a.events.length === 2);
  assert.deepEqual(a.events, ["verified bob", "message said at once"]);
  assert.ok(a.door.isVerified(b.peer));
  assert.ok(b.door.isVerified(a.peer));
  a.door.stop();
  b.door.stop();
});

Deno.test("LinkDoor finds one who ends both links himself and passes everything on", async () => {
  const { a, b } = await pair();
  await open([a, b], [[CERT_A, CERT_M], [CERT_B, CERT_M]]);
  assert.equal(await outcome(a, b, b.said[0] ?? ""), "refused bad-proof");
  assert.equal(await outcome(b, a, a.said[0] ?? ""), "refused bad-proof");
  assert.equal(a.door.isVerified(b.peer), false);
});

Deno.test("LinkDoor finds one who answers in another's place under his own name", async () => {
  const clock = new ManualClock();
  const a = await newEnd("alice", { clock, knows: "bob" });
  const identity = await newIdentity("mallory");
  const mallory = await newEnd("bob", { clock, knows: "alice", identity });
  await open([a, mallory], STRAIGHT);
  const answer = await outcome(a, mallory, mallory.said[0] ?? "");
  assert.equal(answer, "refused other-user");
  mallory.door.stop();
});

Deno.test("LinkDoor refuses a hello of an earlier link, and its own", async () => {
  const { a, b } = await pair();
  await open([a, b], STRAIGHT, [peerId("earlier"), peerId("earlier")]);
  const replayed = b.said[0] ?? "";
  a.door.closed(b.peer);
  await open([a, b], STRAIGHT);
  assert.equal(await outcome(a, b, replayed), "refused bad-proof");

  const { a: c, b: d } = await pair();
  await open([c, d], STRAIGHT);
  assert.equal(await outcome(c, d, c.said[0] ?? ""), "refused bad-proof");
  b.door.stop();
  d.door.stop();
});

Deno.test("LinkDoor refuses certificates that are nobody's word, or have run out", async () => {
  const forged = await pair();
  await open([forged.a, forged.b], STRAIGHT);
  forged.a.settings.genuine = false;
  const word = await outcome(forged.a, forged.b, forged.b.said[0] ?? "");
  assert.equal(word, "refused bad-certificate");

  const late = await pair();
  await open([late.a, late.b], STRAIGHT);
  late.a.settings.expires = 4_000;
  const date = await outcome(late.a, late.b, late.b.said[0] ?? "");
  assert.equal(date, "refused expired");
  forged.b.door.stop();
  late.b.door.stop();
});

Deno.test("LinkDoor refuses another's certificate shown with a key of one's own", async () => {
  const clock = new ManualClock();
  const a = await newEnd("alice", { clock, knows: "bob" });
  const { certificate } = await newIdentity("bob");
  const { signer } = await newIdentity("mallory");
  const identity = { certificate, signer };
  const mallory = await newEnd("bob", { clock, knows: "alice", identity });
  await open([a, mallory], STRAIGHT);
  const answer = await outcome(a, mallory, mallory.said[0] ?? "");
  assert.equal(answer, "refused bad-proof");
  mallory.door.stop();
});

Deno.test("LinkDoor gives up on one who never says hello", async () => {
  const { clock, a, b } = await pair();
  await open([a, b], STRAIGHT);
  clock.advance(HELLO_TIMEOUT_MS);
  assert.deepEqual(a.events, ["refused no-hello"]);
});

Deno.test("LinkDoor ends a link a day after its certificate has run out", async () => {
  const { clock, a, b } = await pair();
  await open([a, b], STRAIGHT);
  const left = 30 * 24 * 3_600_000;
  a.settings.now = b.identity.certificate.expiresAt - left;
  assert.equal(await outcome(a, b, b.said[0] ?? ""), "verified bob");
  clock.advance(left);
  assert.equal(a.events.length, 1);
  clock.advance(24 * 3_600_000);
  assert.deepEqual(a.events, ["verified bob", "ended"]);
  b.door.stop();
});

Deno.test("LinkDoor lets nobody in whose certificate the server has taken back", async () => {
  const { a, b } = await pair();
  await open([a, b], STRAIGHT);
  a.settings.revoked = true;
  assert.equal(await outcome(a, b, b.said[0] ?? ""), "refused revoked");
  b.door.stop();
});

Deno.test("LinkDoor ends the links of those whose certificates are revoked, and no others", async () => {
  const { a, b } = await pair();
  await open([a, b], STRAIGHT);
  await outcome(a, b, b.said[0] ?? "");
  await outcome(b, a, a.said[0] ?? "");
  a.settings.revoked = true;
  a.door.review();
  b.door.review();
  assert.deepEqual(a.events, ["verified bob", "ended"]);
  assert.deepEqual(b.events, ["verified alice"]);
  assert.equal(a.door.isVerified(b.peer), false);
  b.door.stop();
});

Deno.test("LinkDoor finds out when a certificate is revoked while it is checked", async () => {
  const { a, b } = await pair();
  await open([a, b], STRAIGHT);
  a.door.receive(b.peer, b.said[0] ?? "");
  a.settings.revoked = true;
  a.door.review();
  await until(() => a.events.length > 0);
  assert.deepEqual(a.events, ["refused revoked"]);
  b.door.stop();
});

Deno.test("LinkDoor takes the certificate's user where the tracker names none", async () => {
  const { a, b } = await pair();
  Object.assign(a.settings, { user: undefined });
  await open([a, b], STRAIGHT);
  assert.equal(await outcome(a, b, b.said[0] ?? ""), "verified bob");
  a.door.stop();
  b.door.stop();
});

Deno.test("LinkDoor says nothing but its own hello before that is signed", async () => {
  const { a, b } = await pair();
  const signed = Promise.withResolvers<Identity>();
  const door = new LinkDoor({
    self: a.peer,
    clock: new ManualClock(),
    verifier: keys,
    judge: () => ({
      isGenuine: () => Promise.resolve(true),
      isCurrent: () => Promise.resolve(true),
      isRevoked: () => false,
      now: () => 5_000,
    }),
    identity: () => signed.promise,
    channels: () => [],
    userOf: () => undefined,
    send: (_to, text) => a.events.push(JSON.parse(text).type),
    verified: () => a.events.push("verified"),
    message: () => {},
    refused: (_peer, refusal) => a.events.push(refusal),
    ended: () => {},
  });
  const link = peerId("link");
  const [local, remote] = [CERT_A, CERT_B];
  door.opened(b.peer, { link, fingerprints: { local, remote } });
  b.door.opened(a.peer, {
    link,
    fingerprints: { local: remote, remote: local },
  });
  await until(() => b.said.length > 0);
  door.receive(b.peer, b.said[0] ?? "");
  await until(() => b.said.length === 1);
  assert.deepEqual(a.events, []);
  signed.resolve(await newIdentity("alice"));
  await until(() => a.events.length === 2);
  assert.deepEqual(a.events, ["hello", "verified"]);
  door.stop();
  b.door.stop();
});
