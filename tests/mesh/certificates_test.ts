import assert from "node:assert/strict";
import { CertificateChecks, isInTime } from "../../lib/mesh/certificates.ts";
import type { Signer, Verifier } from "../../lib/mesh/keys.ts";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import {
  type Certificate,
  CERTIFICATE_TOLERANCE_MS,
  certificateBytes,
  type CertificateFields,
} from "../../lib/wire/identity.ts";
import { newSigner, testKeys } from "../tools/test_device.ts";

async function issue(
  issuer: Signer,
  changes: Partial<CertificateFields> = {},
): Promise<Certificate> {
  const fields = {
    user: "mai",
    userSince: 1_000,
    key: (await newSigner()).key,
    issuedAt: 1_800_000_000_000,
    expiresAt: 1_802_592_000_000,
    issuer: issuer.key,
    ...changes,
  };
  const signature = await issuer.sign(certificateBytes(fields));
  return { version: 1, ...fields, signature: encodeBase64Url(signature) };
}

/** Counts what it is asked. */
function counting(): Verifier & { asked: number } {
  const verifier = {
    asked: 0,
    verify(...args: Parameters<Verifier["verify"]>) {
      verifier.asked++;
      return testKeys.verify(...args);
    },
  };
  return verifier;
}

const server = await newSigner();
const issuers = [{ key: server.key }];

Deno.test("CertificateChecks.isGenuine() believes the server's signature only", async () => {
  const checks = new CertificateChecks(testKeys);
  const certificate = await issue(server);
  assert.equal(await checks.isGenuine(certificate, issuers), true);
  const stranger = await issue(await newSigner());
  assert.equal(await checks.isGenuine(stranger, issuers), false);
  const posing = { ...stranger, issuer: server.key };
  assert.equal(await checks.isGenuine(posing, issuers), false);
  assert.equal(await checks.isGenuine(certificate, []), false);
  for (
    const change of [{ user: "an" }, { userSince: 7 }, { expiresAt: 9e12 }]
  ) {
    const forged = { ...certificate, ...change };
    assert.equal(await checks.isGenuine(forged, issuers), false);
  }
});

Deno.test("CertificateChecks.isGenuine() believes a retired key for what it signed before", async () => {
  const checks = new CertificateChecks(testKeys);
  const certificate = await issue(server);
  const retired = (retiredAt: number) => [{ key: server.key, retiredAt }];
  const { issuedAt } = certificate;
  assert.equal(await checks.isGenuine(certificate, retired(issuedAt)), true);
  const before = retired(issuedAt - 1);
  assert.equal(await checks.isGenuine(certificate, before), false);
});

Deno.test("CertificateChecks.isGenuine() checks a signature once, and remembers so many", async () => {
  const verifier = counting();
  const checks = new CertificateChecks(verifier);
  const first = await issue(server);
  await checks.isGenuine(first, issuers);
  await checks.isGenuine({ ...first }, issuers);
  assert.equal(verifier.asked, 1);
  const forged = { ...first, user: "an" };
  assert.equal(await checks.isGenuine(forged, issuers), false);
  assert.equal(await checks.isGenuine(forged, issuers), false);
  assert.equal(verifier.asked, 3);
  for (let count = 0; count < 2_000; count++) {
    await checks.isGenuine(
      await issue(server, { key: first.key, userSince: 5_000 + count }),
      issuers,
    );
  }
  const asked = verifier.asked;
  assert.equal(await checks.isGenuine(first, issuers), true);
  assert.equal(verifier.asked, asked + 1);
});

Deno.test("isInTime() allows a day either way", async () => {
  const certificate = await issue(server);
  const { issuedAt, expiresAt } = certificate;
  const day = CERTIFICATE_TOLERANCE_MS;
  assert.equal(isInTime(certificate, issuedAt - day), true);
  assert.equal(isInTime(certificate, issuedAt - day - 1), false);
  assert.equal(isInTime(certificate, expiresAt + day - 1), true);
  assert.equal(isInTime(certificate, expiresAt + day), false);
});
