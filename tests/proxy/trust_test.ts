/**
 * Whose word is taken.
 * @module
 */
import assert from "node:assert/strict";
import { trustedBy } from "../../lib/proxy/trust.ts";

Deno.test("trustedBy() knows addresses within its networks, of both families", () => {
  const trusts = trustedBy(["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]);
  for (const address of ["10.1.2.3", "192.0.2.7", "2001:db8::1"]) {
    assert.equal(trusts(address), true, address);
  }
  for (const address of ["11.0.0.1", "192.0.2.8", "2001:db9::1", "::1"]) {
    assert.equal(trusts(address), false, address);
  }
});

Deno.test("trustedBy() without networks trusts nobody", () => {
  assert.equal(trustedBy([])("127.0.0.1"), false);
});
