import assert from "node:assert/strict";
import fc from "fast-check";
import type { Signal } from "../../lib/wire/signal.ts";
import {
  CHANNELS_PER_PEER_MAX,
  decodeEventsPolled,
  decodeTrackerBody,
  decodeTrackerNews,
  decodeTrackerRequest,
  errorNews,
  EVENTS_PER_POLL_MAX,
  PEERS_PER_REPLY_MAX,
  TRACKER_FRAME_BYTES_MAX,
  TRACKER_VERSION,
  type TrackerNews,
  type TrackerRequest,
} from "../../lib/wire/tracker_api.ts";
import { WireError } from "../../lib/wire/wire_error.ts";

const PEER = "P".repeat(22);
const OTHER = "Q".repeat(22);
const SIGNAL: Signal = { type: "offer", link: "L".repeat(22), sdp: "v=0\r\n" };

const REQUESTS: TrackerRequest[] = [
  { type: "register", version: 1, peer: PEER, channels: ["general", "lớp"] },
  { type: "heartbeat" },
  { type: "list-channels" },
  { type: "list-peers", channel: "general" },
  { type: "create-channel", channel: "lớp-12" },
  { type: "join-channel", channel: "general" },
  { type: "leave-channel", channel: "general" },
  { type: "send-signal", to: OTHER, signal: SIGNAL },
  { type: "leave" },
];

const NEWS: TrackerNews[] = [
  {
    type: "welcome",
    version: TRACKER_VERSION,
    peer: PEER,
    user: "admin",
    heartbeatMs: 30_000,
    syncMs: 10_000,
    pollMs: 2_000,
    channels: [{ channel: "general", peers: 2 }],
    rosters: [
      { channel: "general", size: 2, peers: [{ peer: OTHER, user: "Lan" }] },
    ],
  },
  { type: "heartbeat-received" },
  { type: "heartbeat-received", revocation: 0 },
  { type: "heartbeat-received", sizes: [{ channel: "general", peers: 101 }] },
  { type: "certificates-revoked", revocation: 9 },
  { type: "channels-listed", channels: [{ channel: "general", peers: 0 }] },
  {
    type: "peers-listed",
    channel: "general",
    size: 1_000,
    peers: [{ peer: PEER, user: "a" }],
  },
  { type: "channel-created", channel: "x" },
  { type: "peer-joined", channel: "x", size: 2, peer: PEER, user: "a" },
  { type: "peer-left", channel: "x", size: 1, peer: PEER },
  { type: "signal-received", from: PEER, user: "a", signal: SIGNAL },
  { type: "events-dropped" },
  { type: "error", code: "unknown-peer", message: "Gone" },
  { type: "error", code: "unknown-peer", message: "Gone", to: OTHER },
  { type: "error", code: "internal", message: "", request: "leave" },
];

/** Every damage to a single field of `message` that must not decode. */
function damaged(message: object): object[] {
  const variants = Object.keys(message).flatMap((name) =>
    [undefined, null, {}, [null], -1].map((value) => ({ name, value }))
  );
  const optional = "code" in message
    ? ["request", "to"]
    : "type" in message && message.type === "heartbeat-received"
    ? ["revocation", "sizes"]
    : [];
  return variants
    .filter(({ name, value }) =>
      !optional.includes(name) || value !== undefined
    )
    .map(({ name, value }) => ({ ...message, [name]: value }));
}

Deno.test("decodeTrackerRequest() reads back every request", () => {
  for (const request of REQUESTS) {
    assert.deepEqual(decodeTrackerRequest(JSON.stringify(request)), request);
  }
});

Deno.test("decodeTrackerNews() reads back all news", () => {
  for (const news of NEWS) {
    assert.deepEqual(decodeTrackerNews(JSON.stringify(news)), news);
  }
});

Deno.test("decodeEventsPolled() reads back a poll's answer", () => {
  const polled = { type: "events-polled", events: NEWS };
  assert.deepEqual(decodeEventsPolled(JSON.stringify(polled)), polled);
});

Deno.test("decodeTrackerRequest() refuses each field that is missing or of another type", () => {
  for (const request of REQUESTS) {
    for (const bad of damaged(request)) {
      const text = JSON.stringify(bad);
      assert.throws(() => decodeTrackerRequest(text), WireError, text);
    }
  }
});

Deno.test("decodeTrackerNews() refuses each field that is missing or of another type", () => {
  for (const news of NEWS) {
    for (const bad of damaged(news)) {
      const text = JSON.stringify(bad);
      assert.throws(() => decodeTrackerNews(text), WireError, text);
    }
  }
});

Deno.test("decodeTrackerRequest() refuses a truncated frame wherever it is cut", () => {
  for (const request of REQUESTS) {
    const text = JSON.stringify(request);
    for (let end = 0; end < text.length; end++) {
      assert.throws(() => decodeTrackerRequest(text.slice(0, end)), WireError);
    }
  }
});

Deno.test("decodeTrackerRequest() refuses the frames that end other signaling servers", () => {
  const frames = [
    "hello",
    "null",
    "[]",
    '{"offers":[null]}',
    '{"type":"__proto__"}',
    '{"__proto__":{"type":"heartbeat"}}',
    '{"type":"join-channel","channel":"__proto__"}',
    '{"type":"join-channel","channel":"a\u202eb"}',
    '{"type":"join-channel","channel":"\\ud800"}',
    `{"type":"send-signal","to":"${OTHER}","signal":null}`,
    '{"type":["heartbeat"]}',
  ];
  for (const frame of frames) {
    assert.throws(() => decodeTrackerRequest(frame), WireError, frame);
  }
});

Deno.test("decodeTrackerRequest() names the code of each fault", () => {
  const register = REQUESTS[0];
  const faults: [unknown, string][] = [
    [{ ...register, version: 2 }, "unsupported-version"],
    [{ ...register, peer: "__proto__" }, "bad-peer-id"],
    [{ ...register, channels: ["General"] }, "bad-channel-name"],
    [{ type: "send-signal", to: OTHER, signal: {} }, "bad-signal"],
    [{ type: "shutdown" }, "bad-message"],
  ];
  for (const [message, code] of faults) {
    assert.throws(() => decodeTrackerRequest(JSON.stringify(message)), {
      code,
    });
  }
});

Deno.test("decodeTrackerRequest() refuses a 65th channel", () => {
  const channels = Array.from(
    { length: CHANNELS_PER_PEER_MAX + 1 },
    (_, at) => `c${at}`,
  );
  const register = { type: "register", version: 1, peer: PEER };
  const withMost = JSON.stringify({ ...register, channels: channels.slice(1) });
  assert.doesNotThrow(() => decodeTrackerRequest(withMost));
  const withMore = JSON.stringify({ ...register, channels });
  assert.throws(() => decodeTrackerRequest(withMore), WireError);
});

Deno.test("decodeTrackerRequest() refuses an oversized frame before parsing it", () => {
  const frame = `{"type":"heartbeat","x":"${
    "x".repeat(TRACKER_FRAME_BYTES_MAX)
  }"}`;
  assert.throws(() => decodeTrackerRequest(frame), { code: "body-too-large" });
  assert.throws(() => decodeTrackerBody(frame), { code: "body-too-large" });
});

Deno.test("decodeTrackerNews() and decodeEventsPolled() bound their lists", () => {
  const peers = Array.from(
    { length: PEERS_PER_REPLY_MAX + 1 },
    () => ({ peer: PEER, user: "a" }),
  );
  const listed = { type: "peers-listed", channel: "x", size: 60, peers };
  assert.throws(() => decodeTrackerNews(JSON.stringify(listed)), WireError);
  const events = Array.from(
    { length: EVENTS_PER_POLL_MAX + 1 },
    () => ({ type: "heartbeat-received" }),
  );
  const polled = { type: "events-polled", events };
  assert.throws(() => decodeEventsPolled(JSON.stringify(polled)), WireError);
});

Deno.test("decoders of the tracker's wire throw nothing but WireError", () => {
  const names = fc.constantFrom(
    ...["type", "version", "peer", "channels", "channel", "to", "signal"],
    ...["peers", "rosters", "events", "code", "message", "__proto__"],
  );
  const types = fc.constantFrom<string>(
    ...REQUESTS.map((request) => request.type),
    ...NEWS.map((news) => news.type),
    "events-polled",
  );
  const shaped = fc.tuple(types, fc.dictionary(names, fc.jsonValue()))
    .map(([type, fields]) => JSON.stringify({ ...fields, type }));
  const texts = fc.oneof(fc.string(), fc.json(), shaped);
  fc.assert(
    fc.property(texts, (text) => {
      for (
        const decode of [
          decodeTrackerRequest,
          decodeTrackerNews,
          decodeEventsPolled,
          decodeTrackerBody,
        ]
      ) {
        try {
          decode(text);
        } catch (error) {
          assert.ok(error instanceof WireError, String(error));
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("errorNews() tells a WireError's code and hides every other fault", () => {
  assert.deepEqual(
    errorNews(new WireError("bad-signal", "No"), { type: "leave" }),
    {
      type: "error",
      code: "bad-signal",
      message: "No",
      request: "leave",
    },
  );
  const news = errorNews(new Error("password is hunter2"));
  assert.equal(news.code, "internal");
  assert.ok(!news.message.includes("hunter2"));
});
