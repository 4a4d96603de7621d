import assert from "node:assert/strict";
import {
  type Certificate,
  CERTIFICATE_BYTES_MAX,
  certificateBytes,
  decodeCertificate,
  decodeIdentityAnswer,
  decodeIdentityKeys,
  decodeIdentityNonce,
  decodeRevocations,
  ISSUER_KEYS_MAX,
  possessionBytes,
  readCertificate,
  readIdentityRequest,
  REVOCATIONS_MAX,
} from "../../lib/wire/identity.ts";

/** Keys and signature of RFC 8032, 7.1. */
const KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const ISSUER = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
const SIGNATURE =
  "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc-bRr0lv18FlbviRlUUFDjnoQCw";
const ACCOUNT = { user: "Mai", userSince: 1_700_000_000_000 };
const NONCE = "n".repeat(40);

function certificate(changes: Record<string, unknown> = {}) {
  return {
    version: 1,
    user: "Mai",
    userSince: 1_700_000_000_000,
    key: KEY,
    issuedAt: 1_800_000_000_000,
    expiresAt: 1_802_592_000_000,
    issuer: ISSUER,
    signature: SIGNATURE,
    ...changes,
  } as Certificate;
}

function lines(bytes: Uint8Array): string[] {
  return new TextDecoder().decode(bytes).split("\n");
}

Deno.test("certificateBytes() are these bytes and no others", () => {
  const expected = "weaprous-certificate-1\nVăn An\n1700000000000\n" +
    `${KEY}\n1800000000000\n1802592000000\n${ISSUER}\n`;
  const bytes = certificateBytes(certificate({ user: "Văn An" }));
  assert.deepEqual(bytes, new TextEncoder().encode(expected));
});

Deno.test("certificateBytes() change with every field that is not the signature", () => {
  const changed = [
    ...[{ user: "mai" }, { userSince: 0 }, { key: ISSUER }, { issuer: KEY }],
    ...[{ issuedAt: 1 }, { expiresAt: 1 }, { user: "Mai " }],
  ];
  const all = [{}, ...changed].map((changes) =>
    lines(certificateBytes(certificate(changes))).join("|")
  );
  assert.equal(new Set(all).size, all.length);
  assert.deepEqual(
    certificateBytes(certificate({ signature: "" })),
    certificateBytes(certificate()),
  );
});

Deno.test("a value with a line break in it is not signed", () => {
  const user = "Mai\n1700000000000";
  assert.throws(() => certificateBytes(certificate({ user })), /line break/);
  const claim = { nonce: NONCE, key: KEY, user };
  assert.throws(() => possessionBytes(claim), /line break/);
});

Deno.test("possessionBytes() say what kind they are before nonce, key and user", () => {
  const claim = { nonce: NONCE, key: KEY, user: "Mai" };
  assert.deepEqual(
    lines(possessionBytes(claim)),
    ["weaprous-possession-1", NONCE, KEY, "Mai", ""],
  );
});

Deno.test("readCertificate() keeps the fields it knows and no others", () => {
  assert.deepEqual(readCertificate(certificate({ evil: 1 })), certificate());
  const text = JSON.stringify(certificate({ user: "𝕸".repeat(32) }));
  assert.equal(decodeCertificate(text).user, "𝕸".repeat(32));
});

Deno.test("readCertificate() refuses every field that is missing or wrong", () => {
  const wrong: Record<string, unknown[]> = {
    version: [0, 2, "1", null],
    user: ["", " Mai", "Mai\n", "a\u202eb", "x".repeat(33), 7, null, "\ud800"],
    userSince: [-1, 0.5, "0", null, Infinity, 2 ** 53],
    key: ["", KEY.slice(1), `${KEY}=`, "A".repeat(43), 7, null],
    issuedAt: [-1, 0.5, "0", null, NaN, 2 ** 53],
    expiresAt: [1_800_000_000_000, 0, -1, "1802592000000", null, 2 ** 53],
    issuer: ["", ISSUER.toLowerCase().slice(1), null],
    signature: ["", SIGNATURE.slice(2), `${SIGNATURE}==`, null],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of [undefined, ...values]) {
      assert.throws(
        () => readCertificate(certificate({ [name]: value })),
        { name: "WireError" },
        `${name}: ${JSON.stringify(value)}`,
      );
    }
  }
  for (const value of [undefined, null, 7, "x", [], [certificate()]]) {
    assert.throws(() => readCertificate(value), { name: "WireError" });
  }
  const inherited = Object.create(certificate());
  assert.throws(() => readCertificate(inherited), { name: "WireError" });
});

Deno.test("decodeCertificate() reads no more than its limit", () => {
  const padded = JSON.stringify(certificate()).padEnd(CERTIFICATE_BYTES_MAX);
  assert.deepEqual(decodeCertificate(padded), certificate());
  assert.throws(
    () => decodeCertificate(`${padded} `),
    { code: "body-too-large" },
  );
});

Deno.test("readIdentityRequest() checks key, nonce and signature", () => {
  const request = { key: KEY, nonce: NONCE, signature: SIGNATURE };
  const read = (changes: Record<string, unknown>) =>
    readIdentityRequest({ ...request, ...changes });
  assert.deepEqual(read({ user: "admin" }), request);
  const wrong = [
    ...[{ key: "x" }, { key: null }, { signature: "x" }, { nonce: "short" }],
    ...[{ nonce: "n".repeat(129) }, { nonce: `${NONCE}\n` }, { nonce: 7 }],
  ];
  for (const changes of wrong) {
    assert.throws(() => read(changes), { code: "bad-message" });
  }
  for (const value of [undefined, null, 7, "x", [request]]) {
    assert.throws(() => readIdentityRequest(value), { code: "bad-message" });
  }
});

Deno.test("the server's answers are read field by field", () => {
  const keys = [{ key: ISSUER }, { key: KEY, retiredAt: 5 }];
  const now = 1_800_000_000_001;
  const answer = { certificate: certificate(), ...ACCOUNT, keys, now };
  const text = JSON.stringify(answer);
  assert.deepEqual(decodeIdentityKeys(text), { ...ACCOUNT, keys, now });
  assert.deepEqual(decodeIdentityAnswer(text), answer);
  const nonce = { nonce: NONCE, expiresAt: now, user: "Mai" };
  assert.deepEqual(decodeIdentityNonce(JSON.stringify(nonce)), nonce);
});

Deno.test("decodeIdentityKeys() refuses no key, too many, and times that are none", () => {
  const now = 1;
  const wrong = [
    ...[{ keys: [{ key: KEY }], now, user: "" }],
    ...[{ keys: [{ key: KEY }], now, userSince: -1 }],
    ...[{ keys: [], now }, { now }, { keys: [{ key: KEY }] }],
    ...[{ keys: [KEY], now }, { keys: [{ key: KEY, retiredAt: null }], now }],
    { keys: [{ key: KEY }], now: "1" },
    { keys: Array(ISSUER_KEYS_MAX + 1).fill({ key: KEY }), now },
  ];
  for (const value of wrong) {
    const text = JSON.stringify({ ...ACCOUNT, ...value });
    assert.throws(
      () => decodeIdentityKeys(text),
      { code: "bad-message" },
      text,
    );
  }
  const most = {
    ...ACCOUNT,
    keys: Array(ISSUER_KEYS_MAX).fill({ key: KEY }),
    now,
  };
  assert.deepEqual(decodeIdentityKeys(JSON.stringify(most)), most);
});

Deno.test("decodeRevocations() takes a list of accounts and times, and nothing else", () => {
  const row = { ...ACCOUNT, before: 1_800_000_000_000 };
  const good = { revocations: [row], last: 7 };
  const decode = (value: unknown) => decodeRevocations(JSON.stringify(value));
  assert.deepEqual(decode({ ...good, evil: 1 }), good);
  const full = Array.from({ length: REVOCATIONS_MAX }, () => row);
  assert.equal(
    decode({ revocations: full, last: 7 }).revocations.length,
    full.length,
  );
  const wrong = [
    ...[{}, { revocations: [], last: -1 }, { revocations: {}, last: 1 }],
    ...[{ revocations: [7], last: 1 }, { revocations: [row] }],
    { revocations: [...full, row], last: 1 },
    ...[{ before: "1" }, { before: -1 }, { user: "" }, { userSince: null }]
      .map((bad) => ({ revocations: [{ ...row, ...bad }], last: 1 })),
  ];
  for (const value of wrong) {
    assert.throws(() => decode(value), { name: "WireError" });
  }
});

Deno.test("decodeIdentityKeys() takes a time before which certificates are revoked, or none", () => {
  const keys = { ...ACCOUNT, keys: [{ key: ISSUER }], now: 5 };
  const decode = (value: unknown) => decodeIdentityKeys(JSON.stringify(value));
  assert.deepEqual(decode(keys), keys);
  const revoked = { ...keys, revokedBefore: 4 };
  assert.deepEqual(decode(revoked), revoked);
  assert.throws(() => decode({ ...keys, revokedBefore: "4" }), /revokedBefore/);
});
