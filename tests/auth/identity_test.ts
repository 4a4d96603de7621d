/** What the backend certifies, and what it refuses. @module */
import assert from "node:assert/strict";
import { MemoryAccounts } from "../../lib/auth/accounts.ts";
import { Identity, NONCE_LIFE_MS } from "../../lib/auth/identity.ts";
import {
  CERTIFICATE_LIFE_MS,
  MemoryRevocations,
} from "../../lib/auth/revocations.ts";
import type { ServerKey } from "../../lib/auth/server_key.ts";
import { MemorySessions, type Session } from "../../lib/auth/sessions.ts";
import { ManualClock } from "../../lib/clock.ts";
import { decodeBase64Url, encodeBase64Url } from "../../lib/wire/base64url.ts";
import { certificateBytes, readCertificate } from "../../lib/wire/identity.ts";
import { someServerKey } from "../tools/identity_app.ts";
import { newSigner, provingRequest, testKeys } from "../tools/test_device.ts";

/** Accounts Mai and an, and a way to log in to each. */
function openIdentity(serverKey: ServerKey) {
  const clock = new ManualClock(1_800_000_000_000);
  const accounts = new MemoryAccounts();
  const sessions = new MemorySessions(clock);
  const account = { passwordHash: "", shipped: false, disabled: false };
  accounts.create({ ...account, username: "Mai", createdAt: 1_000 });
  accounts.create({ ...account, username: "an", createdAt: 2_000 });
  const begin = (user: string): Session => {
    const token = sessions.begin({ user, address: "::1", browser: "" });
    const headers = { cookie: `session=${token}` };
    const session = sessions.authenticate(new Request("http://x", { headers }));
    assert.ok(session);
    return session;
  };
  const revocations = new MemoryRevocations(clock);
  const identity = new Identity({
    ...{ serverKey, accounts, sessions, revocations, clock },
  });
  return { identity, accounts, sessions, revocations, clock, begin };
}

const serverKey = someServerKey();

async function verifies(certificate: ReturnType<typeof readCertificate>) {
  const signature = decodeBase64Url(certificate.signature);
  assert.ok(signature);
  const bytes = certificateBytes(certificate);
  return await testKeys.verify(certificate.issuer, bytes, signature);
}

Deno.test("Identity.certify() names account, key and times, and its signature holds", async () => {
  const { identity, clock, begin } = openIdentity(serverKey);
  const [session, signer] = [begin("Mai"), await newSigner()];
  const request = await provingRequest(signer, identity.nonce(session));
  const certificate = await identity.certify(session, request);
  const { signature, ...rest } = certificate;
  assert.deepEqual(rest, {
    version: 1,
    user: "Mai",
    userSince: 1_000,
    key: signer.key,
    issuedAt: clock.now(),
    expiresAt: clock.now() + CERTIFICATE_LIFE_MS,
    issuer: serverKey.key,
  });
  assert.deepEqual(readCertificate({ ...rest, signature }), certificate);
  assert.equal(await verifies(certificate), true);
  assert.deepEqual(await identity.keys(session), {
    user: "Mai",
    userSince: 1_000,
    keys: [{ key: serverKey.key }],
    now: clock.now(),
  });
});

Deno.test("a certificate does not hold with any field changed", async () => {
  const { identity, begin } = openIdentity(serverKey);
  const [session, signer] = [begin("Mai"), await newSigner()];
  const request = await provingRequest(signer, identity.nonce(session));
  const certificate = await identity.certify(session, request);
  const other = (await newSigner()).key;
  const changes = [
    ...[{ user: "mai" }, { userSince: 1_001 }, { key: other }],
    ...[{ issuedAt: 1 }, { expiresAt: certificate.expiresAt + 1 }],
    { issuer: other },
  ];
  for (const change of changes) {
    assert.equal(await verifies({ ...certificate, ...change }), false);
  }
});

Deno.test("Identity.certify() gives a key to whoever is logged in, another time too", async () => {
  const { identity, begin } = openIdentity(serverKey);
  const [session, signer] = [begin("Mai"), await newSigner()];
  const nonce = identity.nonce(session);
  const request = await provingRequest(signer, nonce);
  const first = await identity.certify(session, request);
  assert.deepEqual(await identity.certify(session, request), first);
  const again = begin("Mai");
  const renewed = await provingRequest(signer, identity.nonce(again));
  assert.equal((await identity.certify(again, renewed)).key, signer.key);
});

Deno.test("Identity.certify() refuses a nonce of another session, time or server", async () => {
  const { identity, clock, begin } = openIdentity(serverKey);
  const [mine, other, signer] = [begin("Mai"), begin("Mai"), await newSigner()];
  const refused = { status: 403, code: "bad-nonce" };
  const certify = async (nonce: string) =>
    identity.certify(
      mine,
      await provingRequest(signer, { nonce, user: "Mai" }),
    );
  const { nonce } = identity.nonce(mine);
  await assert.rejects(certify(identity.nonce(other).nonce), refused);
  const elsewhere = openIdentity(someServerKey()).identity.nonce(mine);
  await assert.rejects(certify(elsewhere.nonce), refused);
  for (const wrong of ["n".repeat(40), nonce.slice(1), `${nonce}AAAA`]) {
    await assert.rejects(certify(wrong), refused);
  }
  const bytes = decodeBase64Url(nonce);
  assert.ok(bytes);
  for (let at = 0; at < bytes.length; at++) {
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await assert.rejects(certify(encodeBase64Url(changed)), refused);
  }
  clock.advance(NONCE_LIFE_MS - 1);
  assert.equal((await certify(nonce)).key, signer.key);
  clock.advance(1);
  await assert.rejects(certify(nonce), refused);
});

Deno.test("Identity.certify() refuses a nonce from a time that is yet to come", async () => {
  const ahead = openIdentity(serverKey);
  ahead.clock.advance(1_000);
  const { identity, begin } = openIdentity(serverKey);
  const [session, signer] = [begin("Mai"), await newSigner()];
  const request = await provingRequest(signer, ahead.identity.nonce(session));
  const refused = { code: "bad-nonce" };
  await assert.rejects(identity.certify(session, request), refused);
});

Deno.test("Identity.certify() refuses a proof by another key, for another user, over anything else", async () => {
  const { identity, begin } = openIdentity(serverKey);
  const [session, signer] = [begin("Mai"), await newSigner()];
  const { nonce } = identity.nonce(session);
  const good = await provingRequest(signer, { nonce, user: "Mai" });
  const stranger = await newSigner();
  const forAn = await provingRequest(signer, { nonce, user: "an" });
  const byOther = await provingRequest(stranger, { nonce, user: "Mai" });
  const bare = encodeBase64Url(
    await signer.sign(new TextEncoder().encode(nonce)),
  );
  const wrong = [
    { ...good, key: stranger.key },
    { ...good, signature: byOther.signature },
    { ...good, signature: forAn.signature },
    { ...good, signature: bare },
    // A y that no point of the curve has.
    { ...good, key: `Ag${"A".repeat(41)}` },
  ];
  for (const request of wrong) {
    await assert.rejects(
      identity.certify(session, request),
      { status: 403, code: "bad-proof" },
    );
  }
});

Deno.test("Identity.certify() gives nothing to a disabled or removed account, or an ended session", async () => {
  const { identity, accounts, sessions, begin } = openIdentity(serverKey);
  const signer = await newSigner();
  const certify = async (session: Session) =>
    identity.certify(
      session,
      await provingRequest(signer, identity.nonce(session)),
    );
  const refused = { status: 401, code: "session-expired" };
  const [ended, disabled] = [begin("Mai"), begin("Mai")];
  sessions.end(ended.id);
  await assert.rejects(certify(ended), refused);
  await assert.rejects(identity.keys(ended), refused);
  accounts.setDisabled("mai", true);
  await assert.rejects(certify(disabled), refused);
  const gone = begin("an");
  accounts.removeUnlessLast("an");
  await assert.rejects(certify(gone), refused);
  await assert.rejects(identity.keys(gone), refused);
});

Deno.test("an account made anew under an old name is told apart by its certificate", async () => {
  const { identity, accounts, sessions, begin } = openIdentity(serverKey);
  const signer = await newSigner();
  const certify = async (session: Session) =>
    identity.certify(
      session,
      await provingRequest(signer, identity.nonce(session)),
    );
  const old = begin("an");
  const before = await certify(old);
  sessions.endAllOf("an");
  accounts.removeUnlessLast("an");
  const account = { passwordHash: "", shipped: false, disabled: false };
  accounts.create({ ...account, username: "an", createdAt: 5_000 });
  await assert.rejects(certify(old), { status: 401 });
  const after = await certify(begin("an"));
  assert.deepEqual([before.user, before.userSince], ["an", 2_000]);
  assert.deepEqual([after.user, after.userSince], ["an", 5_000]);
});

Deno.test("Identity.certify() slows down who asks without end, and nobody else", async () => {
  const { identity, clock, begin } = openIdentity(serverKey);
  const [mai, an, signer] = [begin("Mai"), begin("an"), await newSigner()];
  const certify = async (session: Session) =>
    identity.certify(
      session,
      await provingRequest(signer, identity.nonce(session)),
    );
  for (let asked = 0; asked < 30; asked++) await certify(mai);
  await assert.rejects(certify(mai), { status: 429, retryAfterSeconds: 60 });
  await certify(an);
  clock.advance(60_000);
  await certify(mai);
});

Deno.test("Identity.keys() says from when on certificates of the account count, and certify() makes one that does", async () => {
  const { identity, revocations, clock, begin } = openIdentity(serverKey);
  const [session, signer] = [begin("Mai"), await newSigner()];
  const certify = async () =>
    await identity.certify(
      session,
      await provingRequest(signer, identity.nonce(session)),
    );
  const old = await certify();
  revocations.add({ username: "mai", createdAt: 1_000 });
  const { revokedBefore } = await identity.keys(session);
  assert.ok(revokedBefore !== undefined && old.issuedAt < revokedBefore);
  const renewed = await certify();
  assert.ok(renewed.issuedAt >= revokedBefore);
  assert.equal((await identity.keys(begin("an"))).revokedBefore, undefined);
  // Set back by minutes, as clocks are: what is issued counts all the same.
  clock.advance(-600_000);
  assert.ok((await certify()).issuedAt >= revokedBefore);
});

Deno.test("a clock that was a year ahead when certificates were revoked keeps nobody out", async () => {
  const { identity, revocations, clock, begin } = openIdentity(serverKey);
  const yearMs = 365 * 24 * 3_600_000;
  clock.advance(yearMs);
  revocations.add({ username: "Mai", createdAt: 1_000 });
  clock.advance(-yearMs);
  const [session, signer] = [begin("Mai"), await newSigner()];
  const request = await provingRequest(signer, identity.nonce(session));
  const { issuedAt } = await identity.certify(session, request);
  assert.ok(Math.abs(issuedAt - clock.now()) < 1_000);
  const { revokedBefore = 0 } = await identity.keys(session);
  assert.ok(issuedAt >= revokedBefore);
});

Deno.test("Identity.certify() gives nothing to who is shut out while it is made", async () => {
  const { identity, accounts, sessions, begin } = openIdentity(serverKey);
  const [session, signer] = [begin("Mai"), await newSigner()];
  const request = await provingRequest(signer, identity.nonce(session));
  const find = accounts.find.bind(accounts);
  accounts.find = (username) => {
    const account = find(username);
    // Between the question and what comes of the answer.
    sessions.endAllOf("Mai");
    return account;
  };
  await assert.rejects(identity.certify(session, request), { status: 401 });
});

Deno.test("Identity.revocations() answers who is logged in, and nobody else", async () => {
  const { identity, sessions, revocations, clock, begin } = openIdentity(
    serverKey,
  );
  const session = begin("an");
  revocations.add({ username: "Mai", createdAt: 1_000 });
  const mai = { user: "Mai", userSince: 1_000, before: clock.now() + 1 };
  assert.deepEqual(
    await identity.revocations(session, 0),
    { revocations: [mai], last: 1 },
  );
  assert.deepEqual(
    await identity.revocations(session, 1),
    { revocations: [], last: 1 },
  );
  sessions.endAllOf("an");
  await assert.rejects(identity.revocations(session, 0), { status: 401 });
});
