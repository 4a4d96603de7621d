import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { issueCertificate, newAuthority } from "../../lib/operator/local_ca.ts";

const DAY_MS = 86_400_000;
const NOW = Date.parse("2026-03-01T12:00:00Z");

Deno.test("issueCertificate() signs for names and addresses what the authority vouches for", async () => {
  const authority = await newAuthority("A local network", NOW);
  const hosts = ["chat.lan", "192.168.1.5", "::1"];
  const { certificate, key } = await issueCertificate(hosts, {
    authority,
    now: NOW,
  });
  const leaf = new X509Certificate(certificate);
  const root = new X509Certificate(authority.certificate);
  assert.ok(leaf.checkIssued(root));
  assert.ok(leaf.verify(root.publicKey));
  assert.ok(leaf.checkPrivateKey(createPrivateKey(key)));
  assert.ok(root.ca && !leaf.ca);
  assert.equal(leaf.checkHost("chat.lan"), "chat.lan");
  assert.equal(leaf.checkHost("evil.lan"), undefined);
  assert.equal(leaf.checkIP("192.168.1.5"), "192.168.1.5");
  assert.equal(leaf.checkIP("192.168.1.6"), undefined);
  assert.match(root.subject, /CN=A local network/);
});

Deno.test("a certificate holds from yesterday, for no longer than browsers take", async () => {
  const authority = await newAuthority("A", NOW);
  const issued = await issueCertificate(["a"], { authority, now: NOW });
  const leaf = new X509Certificate(issued.certificate);
  const from = Date.parse(leaf.validFrom);
  assert.equal(from, NOW - DAY_MS);
  assert.ok(Date.parse(leaf.validTo) - from <= 398 * DAY_MS);
  const root = new X509Certificate(authority.certificate);
  assert.ok(Date.parse(root.validTo) > NOW + 9 * 365 * DAY_MS);
});

Deno.test("no two certificates share a serial number", async () => {
  const authority = await newAuthority("A", NOW);
  const serials = await Promise.all(
    [1, 2].map(async () => {
      const made = await issueCertificate(["a"], { authority, now: NOW });
      return new X509Certificate(made.certificate).serialNumber;
    }),
  );
  assert.notEqual(serials[0], serials[1]);
});
