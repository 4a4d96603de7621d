import assert from "node:assert/strict";
import { issueCertificate } from "../../lib/operator/local_ca.ts";
import { certificateWarning } from "../../lib/proxy/certificate.ts";
import { authority } from "./doors_rig.ts";

const DAY_MS = 86_400_000;
const NOW = Date.parse("2026-03-01T12:00:00Z");

Deno.test("certificateWarning() speaks before and after a certificate's time", async () => {
  const issued = await issueCertificate(["a.lan"], { authority, now: NOW });
  const certificate = { chain: issued.certificate, key: issued.key };
  assert.equal(certificateWarning(certificate, NOW), undefined);
  assert.equal(certificateWarning(certificate, NOW + 390 * DAY_MS), undefined);
  assert.match(
    certificateWarning(certificate, NOW - 3 * DAY_MS) ?? "",
    /holds only from Feb 28 .*2026/,
  );
  assert.match(
    certificateWarning(certificate, NOW + 400 * DAY_MS) ?? "",
    /has ended on .*2027.*deno task cert makes another/,
  );
});
