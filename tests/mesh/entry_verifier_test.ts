import assert from "node:assert/strict";
import {
  CertificateBook,
  CERTIFICATES_MAX,
  CERTIFICATES_PER_USER_MAX,
} from "../../lib/mesh/certificate_book.ts";
import { EntryVerifier } from "../../lib/mesh/entry_verifier.ts";
import { Inbox, INBOX_BYTES_MAX } from "../../lib/mesh/inbox.ts";
import { NativeKeys } from "../../lib/mesh/native_keys.ts";
import type { SyncMessage } from "../../lib/mesh/sync_state.ts";
import type { VerifiedEntry } from "../../lib/mesh/verified_entry.ts";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import {
  encodeEntry,
  type ReadEntry,
  readSignedEntry,
  signingBytes,
} from "../../lib/wire/entry.ts";
import type { Certificate } from "../../lib/wire/identity.ts";
import type { EntryMessage, ReceivedMessage } from "../../lib/wire/link.ts";
import { certificateOf, cheapKeys, deviceKey } from "../tools/cheap_keys.ts";
import { chain, signedBy } from "../tools/entries.ts";
import { peerId } from "../tools/ids.ts";

const alice = deviceKey("alice");
const mallory = deviceKey("mallory");
const bob = peerId("bob");

/** With alice's certificate known. */
function newVerifier(known: VerifiedEntry[] = []) {
  const certificates = new CertificateBook({
    isGenuine: (one) =>
      one.signature === certificateOf(one.user, one.key).signature,
    learned: () => {},
    forgotten: () => {},
  });
  certificates.restore([certificateOf("alice", alice)]);
  let checks = 0;
  const verifier = new EntryVerifier({
    certificates,
    known: (_channel, _ref, { signed }) =>
      known.find((one) => one.signed === signed),
    keys: {
      sha256: cheapKeys.sha256,
      verify(...parts) {
        checks++;
        return cheapKeys.verify(...parts);
      },
    },
  });
  return { verifier, certificates, checks: () => checks };
}

function answer(
  entries: ReadEntry[],
  certificates: Certificate[] = [],
): EntryMessage<ReadEntry> {
  return { type: "entries", channel: "general", entries, certificates };
}

function read({ signed, signature }: ReadEntry): ReadEntry {
  return readSignedEntry({ signed, signature });
}

async function outcome(
  message: EntryMessage<ReadEntry>,
  { verifier } = newVerifier(),
) {
  const verdict = await verifier.verify(message);
  const left = verdict.message?.type === "entries"
    ? verdict.message.entries.map(({ user, entry }) => `${user} ${entry.seq}`)
    : [];
  return { left, faults: verdict.faults, message: verdict.message };
}

Deno.test("EntryVerifier gives entries the user of their author's certificate and their hash, in order", async () => {
  const log = chain(alice, 3);
  const { message, faults } = await outcome(answer(log.map(read)));
  assert.deepEqual(faults, []);
  assert.deepEqual(message?.type === "entries" && message.entries, log);
});

Deno.test("EntryVerifier leaves out changed words, another's signature, and another channel's entry, and counts each", async () => {
  const [good, other] = chain(alice, 2) as [VerifiedEntry, VerifiedEntry];
  const signed = good.signed.replace("alice 1", "alice!1");
  const changed = readSignedEntry({ ...good, signed });
  const forged = readSignedEntry({
    signed: other.signed,
    signature: signedBy(mallory, { seq: 1 }).signature,
  });
  const elsewhere = read(signedBy(alice, { channel: "tea", seq: 1 }));
  const message = answer([changed, read(good), forged, elsewhere]);
  const { left, faults } = await outcome(message);
  assert.deepEqual(left, ["alice 1"]);
  assert.equal(faults.length, 3);
});

Deno.test("EntryVerifier learns certificates that come along, and believes no false one", async () => {
  const entry = read(signedBy(mallory, { seq: 1 }));
  const own = certificateOf("mallory", mallory);
  const fresh = newVerifier();
  assert.deepEqual((await outcome(answer([entry], [own]), fresh)).left, [
    "mallory 1",
  ]);
  const asAlice = { ...own, user: "alice" };
  const { left, faults, message } = await outcome(answer([entry], [asAlice]));
  assert.deepEqual(left, []);
  assert.equal(faults.length, 1);
  assert.equal(message?.uncertified, true);
});

Deno.test("CertificateBook lets a key keep its user, and takes a renewal", async () => {
  const { certificates } = newVerifier();
  const [mine, other] = ["alice", "bob"].map((user) =>
    certificateOf(user, alice)
  ) as [Certificate, Certificate];
  assert.equal(await certificates.learn(other), false);
  const renewed = { ...mine, expiresAt: mine.expiresAt + 1 };
  assert.equal(await certificates.learn(renewed), true);
  assert.equal(certificates.get(alice)?.expiresAt, renewed.expiresAt);
  assert.equal(await certificates.learn(mine), true);
  assert.equal(certificates.get(alice)?.expiresAt, renewed.expiresAt);
});

/** A book over a store, with `count` devices of alice's, the first ends first. */
async function bookOf(count: number) {
  const stored = new Set<string>();
  const book = new CertificateBook({
    isGenuine: () => true,
    learned: ({ key }) => void stored.add(key),
    forgotten: (key) => void stored.delete(key),
  });
  const learn = (user: string, device: string, expiresAt: number) => {
    const certificate = certificateOf(user, deviceKey(device));
    return book.learn({ ...certificate, expiresAt });
  };
  const devices = Array.from({ length: count }, (_, index) => index);
  for (const index of devices) await learn("alice", `d${index}`, 1_000 + index);
  const isKept = (device: string) => {
    const key = deviceKey(device);
    assert.equal(stored.has(key), book.get(key) !== undefined);
    return stored.has(key);
  };
  return { book, stored, learn, isKept };
}

Deno.test("CertificateBook keeps so many of one account, those that ended first go first", async () => {
  const { learn, isKept, stored } = await bookOf(CERTIFICATES_PER_USER_MAX);
  assert.equal(stored.size, CERTIFICATES_PER_USER_MAX);
  await learn("bob", "bob's", 1);
  assert.equal(isKept("d0"), true, "others have room of their own");
  await learn("alice", "newest", 9_000);
  assert.deepEqual(["d0", "d1", "newest"].map(isKept), [false, true, true]);
  // A renewal takes no other's place, and counts from its new end.
  await learn("alice", "d1", 8_000);
  assert.deepEqual(["d1", "d2"].map(isKept), [true, true]);
  await learn("alice", "one more", 9_000);
  assert.deepEqual(["d1", "d2"].map(isKept), [true, false]);
  assert.equal(isKept("bob's"), true);
  assert.equal(stored.size, CERTIFICATES_PER_USER_MAX + 1);
});

Deno.test("CertificateBook keeps what it was just told, however old", async () => {
  const { learn, isKept } = await bookOf(CERTIFICATES_PER_USER_MAX);
  assert.equal(await learn("alice", "old", 1), true);
  assert.deepEqual(["old", "d0"].map(isKept), [true, false]);
});

Deno.test("CertificateBook has what a fuller store gave it forgotten with the next of that account", async () => {
  const { book, stored, learn } = await bookOf(0);
  const kept = Array.from(
    { length: CERTIFICATES_PER_USER_MAX + 50 },
    (_, index) => certificateOf("alice", deviceKey(`d${index}`)),
  );
  for (const { key } of kept) stored.add(key);
  book.restore(kept);
  await learn("alice", "newest", 9_000);
  assert.equal(stored.size, CERTIFICATES_PER_USER_MAX);
});

Deno.test("CertificateBook has the store forget what is too much of all accounts", async () => {
  const { book, stored, isKept } = await bookOf(0);
  const kept = Array.from(
    { length: CERTIFICATES_MAX + 1 },
    (_, index) => certificateOf(`user${index}`, deviceKey(`d${index}`)),
  );
  for (const { key } of kept) stored.add(key);
  book.restore(kept);
  assert.equal(stored.size, CERTIFICATES_MAX);
  assert.deepEqual(["d0", "d1"].map(isKept), [false, true]);
});

Deno.test("EntryVerifier checks what is known already no second time", async () => {
  const log = chain(alice, 3);
  const knowing = newVerifier(log.slice(0, 2));
  const { left } = await outcome(answer(log.map(read)), knowing);
  assert.equal(left.length, 3);
  assert.equal(knowing.checks(), 1);
});

Deno.test("EntryVerifier leaves nothing of a push or a proof that does not hold", async () => {
  const [good] = chain(alice, 1) as [VerifiedEntry];
  const { signature } = signedBy(mallory, { seq: 1 });
  const forged = readSignedEntry({ signed: good.signed, signature });
  const base = { channel: "general", certificates: [] };
  const push = { type: "entry-written" as const, entry: forged, ...base };
  assert.equal((await outcome(push)).message, undefined);
  const proof = [read(good), forged] as const;
  const fork = { type: "fork-found" as const, proof, ...base };
  const { message, faults } = await outcome(fork);
  assert.equal(message, undefined);
  assert.equal(faults.length, 1);
});

Deno.test("EntryVerifier holds real signatures to the same", async () => {
  const keys = new NativeKeys(crypto.subtle);
  const signer = keys.signer(await keys.makeKey());
  assert.ok(signer);
  const head = { channel: "general", author: signer.key, seq: 1, prev: null };
  const signed = encodeEntry({ ...head, time: 5 }, {
    kind: "text",
    text: "hi",
  });
  const bytes = signingBytes(signed);
  const signature = encodeBase64Url(await signer.sign(bytes));
  const certificates = new CertificateBook({
    isGenuine: () => true,
    learned: () => {},
    forgotten: () => {},
  });
  const verifier = new EntryVerifier({
    keys,
    certificates,
    known: () => undefined,
  });
  const certificate = certificateOf("eve", signer.key);
  const good = readSignedEntry({ signed, signature });
  const bad = readSignedEntry({
    signed: signed.replace('"hi"', '"ho"'),
    signature,
  });
  const { left, faults } = await outcome(
    answer([good, bad], [certificate]),
    { verifier, certificates, checks: () => 0 },
  );
  assert.deepEqual(left, ["eve 1"]);
  assert.equal(faults.length, 1);
});

/** An inbox whose verifications end when the test says so. */
function slowInbox() {
  const delivered: string[] = [];
  const struck: string[] = [];
  const pending: (() => void)[] = [];
  const { verifier } = newVerifier();
  const inbox = new Inbox({
    verifier: {
      async verify(message) {
        await new Promise<void>((resolve) => pending.push(resolve));
        return await verifier.verify(message);
      },
    },
    deliver: (from, message: SyncMessage) =>
      delivered.push(`${from.replaceAll("_", "")} ${message.type}`),
    strike: (peer) => struck.push(peer),
  });
  const settle = async () => {
    pending.splice(0).forEach((resolve) => resolve());
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return { inbox, delivered, struck, settle };
}

const DIGEST: ReceivedMessage = {
  type: "digest",
  channel: "general",
  digest: "0",
};

Deno.test("Inbox keeps the order of one peer's messages, and lets no peer wait for another", async () => {
  const { inbox, delivered, settle } = slowInbox();
  inbox.receive(bob, answer(chain(alice, 1).map(read)));
  inbox.receive(bob, DIGEST);
  inbox.receive(peerId("carol"), DIGEST);
  assert.deepEqual(delivered, ["carol digest"]);
  await settle();
  assert.deepEqual(delivered, ["carol digest", "bob entries", "bob digest"]);
  inbox.receive(bob, DIGEST);
  assert.equal(delivered.at(-1), "bob digest");
});

Deno.test("Inbox delivers nothing of a link that has ended", async () => {
  const { inbox, delivered, settle } = slowInbox();
  inbox.receive(bob, answer(chain(alice, 1).map(read)));
  inbox.receive(bob, DIGEST);
  inbox.closed(bob);
  await settle();
  assert.deepEqual(delivered, []);
});

Deno.test("Inbox holds a bounded amount for a peer that is faster than its signatures can be checked", async () => {
  const { inbox, delivered, settle } = slowInbox();
  const text = "x".repeat(8_000);
  const big = read(signedBy(alice, { seq: 1, body: { kind: "text", text } }));
  const count = 3 * Math.ceil(INBOX_BYTES_MAX / 8_000);
  for (let sent = 0; sent < count; sent++) inbox.receive(bob, answer([big]));
  for (let round = 0; round < count; round++) await settle();
  assert.ok(delivered.length < count / 2, `${delivered.length}`);
  assert.ok(delivered.length > 10);
  inbox.receive(bob, DIGEST);
  assert.equal(delivered.at(-1), "bob digest");
});

Deno.test("Inbox strikes for each forged entry", async () => {
  const { inbox, struck, settle } = slowInbox();
  const { signature } = signedBy(mallory, { seq: 1 });
  const forged = chain(alice, 3).map(({ signed }) =>
    readSignedEntry({ signed, signature })
  );
  inbox.receive(bob, answer(forged));
  await settle();
  assert.deepEqual(struck, [bob, bob, bob]);
});
