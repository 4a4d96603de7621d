import assert from "node:assert/strict";
import {
  CANDIDATE_BYTES_MAX,
  CANDIDATE_NAME_BYTES_MAX,
  MEDIA_LINE_INDEX_MAX,
  readSignal,
  SDP_BYTES_MAX,
} from "../../lib/wire/signal.ts";

const LINK = "L".repeat(22);

function candidate(changes: Record<string, unknown> = {}) {
  return {
    type: "candidate",
    link: LINK,
    candidate: "candidate:1 1 udp 2122 192.168.1.5 50000 typ host",
    sdpMid: "0",
    sdpMLineIndex: 0,
    usernameFragment: "abcd",
    ...changes,
  };
}

Deno.test("readSignal() keeps the fields it knows and no others", () => {
  const offer = { type: "offer", link: LINK, sdp: "v=0\r\n" };
  assert.deepEqual(readSignal({ ...offer, evil: 1 }), offer);
  assert.deepEqual(readSignal(candidate({ evil: 1 })), candidate());
  const hangUp = { type: "hang-up", link: LINK };
  assert.deepEqual(readSignal({ ...hangUp, sdp: "x" }), hangUp);
});

Deno.test("readSignal() reads missing candidate details as null", () => {
  const bare = { type: "candidate", link: LINK, candidate: "" };
  assert.deepEqual(readSignal(bare), {
    ...bare,
    sdpMid: null,
    sdpMLineIndex: null,
    usernameFragment: null,
  });
});

Deno.test("readSignal() measures SDP and candidates in bytes", () => {
  const sdp = "é".repeat(SDP_BYTES_MAX / 2);
  const offer = { type: "offer", link: LINK, sdp };
  assert.deepEqual(readSignal(offer), offer);
  assert.throws(
    () => readSignal({ ...offer, sdp: `${sdp}x` }),
    { code: "bad-signal" },
  );
  const long = "x".repeat(CANDIDATE_BYTES_MAX + 1);
  assert.throws(
    () => readSignal(candidate({ candidate: long })),
    { code: "bad-signal" },
  );
});

Deno.test("readSignal() refuses wrong types, ranges and link ids", () => {
  const refused = [
    { type: "offer", link: LINK },
    { type: "offer", link: LINK, sdp: null },
    { type: "offer", link: LINK, sdp: ["v=0"] },
    { type: "offer", link: "short", sdp: "" },
    { type: "offer", sdp: "" },
    { type: "rollback", link: LINK },
    { type: "__proto__", link: LINK },
    { link: LINK },
    candidate({ candidate: null }),
    candidate({ sdpMid: 0 }),
    candidate({ sdpMid: "x".repeat(CANDIDATE_NAME_BYTES_MAX + 1) }),
    candidate({ sdpMLineIndex: -1 }),
    candidate({ sdpMLineIndex: MEDIA_LINE_INDEX_MAX + 1 }),
    candidate({ sdpMLineIndex: 0.5 }),
    candidate({ sdpMLineIndex: "0" }),
    candidate({ usernameFragment: {} }),
  ];
  for (const value of refused) {
    assert.throws(
      () => readSignal(value),
      { code: "bad-signal" },
      JSON.stringify(value),
    );
  }
  for (const value of [null, undefined, 5, "offer", [null], []]) {
    assert.throws(() => readSignal(value), { code: "bad-message" });
  }
});
