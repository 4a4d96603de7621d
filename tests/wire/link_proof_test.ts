import assert from "node:assert/strict";
import { fingerprintOf, linkProofBytes } from "../../lib/wire/link_proof.ts";
import { peerId } from "../tools/ids.ts";

const A = Array(32).fill("0A").join(":");
const B = Array(32).fill("B1").join(":");

function sdp(...lines: string[]): string {
  return ["v=0", "o=- 1 2 IN IP4 127.0.0.1", ...lines, ""].join("\r\n");
}

const lineOf = (value: string) => `a=fingerprint:sha-256 ${value}`;

Deno.test("fingerprintOf() reads the one of a description, once or in every section", () => {
  assert.equal(fingerprintOf(sdp(lineOf(A))), A);
  const media = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel";
  assert.equal(fingerprintOf(sdp(lineOf(A), media, lineOf(A))), A);
  assert.equal(fingerprintOf(sdp(lineOf(A)).replaceAll("\r\n", "\n")), A);
  assert.equal(fingerprintOf(sdp(lineOf(A.toLowerCase()))), A);
});

Deno.test("fingerprintOf() takes no description that names none, or two", () => {
  assert.equal(fingerprintOf(""), undefined);
  assert.equal(fingerprintOf(sdp("a=setup:actpass")), undefined);
  assert.equal(fingerprintOf(sdp(lineOf(A), lineOf(B))), undefined);
});

Deno.test("fingerprintOf() takes nothing that another reader could see otherwise", () => {
  const odd = [
    // Another hash beside ours: a browser may be content with either.
    sdp(lineOf(A), `a=fingerprint:sha-1 ${A}`),
    sdp(lineOf(A), `a=fingerprint:SHA-512 ${B}`),
    // A reader that ends lines at a lone CR, or takes blanks before the name.
    sdp(lineOf(A), `a=x:1\ra=fingerprint:sha-256 ${B}`),
    sdp(lineOf(A), ` ${lineOf(B)}`),
    sdp(lineOf(A), `a = fingerprint:sha-256 ${B}`),
    sdp(lineOf(A), `a=FINGERPRINT:sha-256\t${B}`),
    sdp(lineOf(A), `s=fingerprint`),
    // Truncated, too long, not hex.
    sdp(lineOf(A.slice(0, -1))),
    sdp(lineOf(A.slice(3))),
    sdp(lineOf(`${A}:00`)),
    sdp(lineOf(A.replace("0A", "0G"))),
    sdp(lineOf(`${A} ${B}`)),
    sdp(lineOf("")),
  ];
  for (const text of odd) assert.equal(fingerprintOf(text), undefined, text);
});

Deno.test("linkProofBytes() names link, both peers and both certificates, a line each", () => {
  const ends = {
    sender: { peer: peerId("alice"), fingerprint: A },
    receiver: { peer: peerId("bob"), fingerprint: B },
  };
  const text = new TextDecoder().decode(linkProofBytes("link", ends));
  const lines = ["weaprous-link-1", "link", peerId("alice"), peerId("bob")];
  assert.equal(text, `${[...lines, A, B].join("\n")}\n`);
});
