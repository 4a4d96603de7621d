import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ManualClock } from "../../lib/clock.ts";
import { SESSION_CHECK_MS } from "../../lib/tracker/hub.ts";
import { STRIKES_MAX } from "../../lib/tracker/socket.ts";
import { RESUME_GRACE_MS } from "../../lib/tracker/registry.ts";
import { REQUEST_RATE } from "../../lib/tracker/request_rate.ts";
import { SDP_BYTES_MAX, type Signal } from "../../lib/wire/signal.ts";
import {
  TRACKER_FRAME_BYTES_MAX,
  type TrackerNews,
} from "../../lib/wire/tracker_api.ts";
import { SocketPeer, TestTracker } from "./_doors.ts";
import { GONE_AFTER_MS, idOf, register, SIGNAL } from "./_peers.ts";

/** Opened and registered, its welcome read. */
async function join(url: string, name: string): Promise<SocketPeer> {
  const peer = await SocketPeer.open(url, name);
  const welcome = await peer.ask(register(name));
  assert.equal(welcome.type, "welcome");
  return peer;
}

function codeOf(news: TrackerNews): string | undefined {
  return news.type === "error" ? news.code : undefined;
}

Deno.test("two peers meet and signal over sockets", async () => {
  await using tracker = new TestTracker();
  const ann = await join(tracker.url, "ann");
  const ben = await join(tracker.url, "ben");
  assert.equal((await ann.next()).type, "peer-joined");
  ben.send({ type: "send-signal", to: idOf("ann"), signal: SIGNAL });
  assert.deepEqual(await ann.next(), {
    type: "signal-received",
    from: idOf("ben"),
    user: "ben",
    signal: SIGNAL,
  });
  await ben.close();
  assert.deepEqual(await ann.next(), {
    type: "peer-left",
    channel: "general",
    size: 1,
    peer: idOf("ben"),
  });
  await ann.close();
});

Deno.test("a socket without a session or from another site is refused before it opens", async () => {
  await using tracker = new TestTracker();
  const nobody = new SocketPeer(tracker.url, "");
  await assert.rejects(nobody.opened);
  const foreign = new SocketPeer(tracker.url, "ann", {
    origin: "http://evil.example",
  });
  await assert.rejects(foreign.opened);
  const own = new SocketPeer(tracker.url, "ann", { origin: tracker.url });
  await own.opened;
  await own.close();
});

Deno.test("a bad frame costs its sender an error and nobody else anything", async () => {
  await using tracker = new TestTracker();
  const ann = await join(tracker.url, "ann");
  const ben = await join(tracker.url, "ben");
  await ann.next();
  const frames: [string | ArrayBuffer, string][] = [
    ["hello", "bad-message"],
    ["", "bad-message"],
    ["null", "bad-message"],
    ['{"offers":[null]}', "bad-message"],
    ['{"type":"__proto__"}', "bad-message"],
    ['{"type":"register","version":1,"peer":{},"channels":[]}', "bad-peer-id"],
    ['{"type":"join-channel","channel":"__proto__"}', "bad-channel-name"],
    [`{"type":"send-signal","to":"${idOf("ann")}"}`, "bad-message"],
    ["[".repeat(30_000), "bad-message"],
    ["x".repeat(TRACKER_FRAME_BYTES_MAX + 1), "body-too-large"],
    [new Uint8Array([1, 2, 3]).buffer, "bad-message"],
  ];
  for (const [frame, code] of frames) {
    ben.socket.send(frame);
    // deno-lint-ignore no-await-in-loop -- one answer for each frame
    assert.equal(codeOf(await ben.next()), code);
  }
  assert.deepEqual(await ben.ask({ type: "heartbeat" }), {
    type: "heartbeat-received",
  });
  assert.deepEqual(await ann.ask({ type: "heartbeat" }), {
    type: "heartbeat-received",
  });
  await ann.close();
  await ben.close();
});

Deno.test("a socket is closed after too many bad frames", async () => {
  await using tracker = new TestTracker();
  const ben = await join(tracker.url, "ben");
  for (let strike = 0; strike < STRIKES_MAX; strike++) ben.socket.send("hello");
  const { code } = await ben.closed;
  assert.equal(code, 1008);
});

Deno.test("a socket that asks too fast is told so, then closed", async () => {
  await using tracker = new TestTracker({ clock: new ManualClock() });
  const ben = await join(tracker.url, "ben");
  for (let at = 1; at < REQUEST_RATE.burst; at++) {
    // deno-lint-ignore no-await-in-loop -- all of these are allowed
    await ben.ask({ type: "heartbeat" });
  }
  assert.equal(
    codeOf(await ben.ask({ type: "heartbeat" })),
    "too-many-requests",
  );
  for (let at = 1; at < STRIKES_MAX; at++) ben.send({ type: "heartbeat" });
  const { code } = await ben.closed;
  assert.equal(code, 1008);
});

Deno.test("a session's end closes its sockets with 4401", async () => {
  const [ended, clock] = [new Set<string>(), new ManualClock()];
  await using tracker = new TestTracker({ ended, clock });
  const ann = await join(tracker.url, "ann");
  ended.add("session-of-ann");
  clock.advance(SESSION_CHECK_MS);
  assert.equal(codeOf(await ann.next()), "session-expired");
  const { code } = await ann.closed;
  assert.equal(code, 4401);
});

Deno.test("a silent peer's socket is closed with 4408", async () => {
  const clock = new ManualClock();
  await using tracker = new TestTracker({ clock });
  const ann = await join(tracker.url, "ann");
  clock.advance(GONE_AFTER_MS);
  const { code } = await ann.closed;
  assert.equal(code, 4408);
});

Deno.test("a socket that reads nothing is dropped before it costs memory", async () => {
  const clock = new ManualClock();
  await using tracker = new TestTracker({ clock });
  const stuck = await joinWithoutReading(tracker.url, "stuck");
  const ben = await join(tracker.url, "ben");
  const sdp = "v".repeat(SDP_BYTES_MAX);
  const signal: Signal = { type: "offer", link: SIGNAL.link, sdp };
  let news: TrackerNews[] = [];
  // The system's own buffers take some MB before ours fills; all of it comes
  // before the silence of the stuck peer would end it.
  for (
    let ms = 0;
    ms < GONE_AFTER_MS - RESUME_GRACE_MS;
    ms += RESUME_GRACE_MS
  ) {
    for (let at = 2; at < REQUEST_RATE.burst; at++) {
      ben.send({ type: "send-signal", to: idOf("stuck"), signal });
    }
    // deno-lint-ignore no-await-in-loop -- round after round
    await newsUntilEcho(ben);
    clock.advance(RESUME_GRACE_MS);
    // deno-lint-ignore no-await-in-loop
    news = await newsUntilEcho(ben);
    if (news.length > 0) break;
  }
  assert.deepEqual(news, [
    { type: "peer-left", channel: "general", size: 1, peer: idOf("stuck") },
  ]);
  await ben.close();
  stuck.destroy();
  await once(stuck, "close");
});

/** Everything that came before the answer to a heartbeat sent now. */
async function newsUntilEcho(peer: SocketPeer): Promise<TrackerNews[]> {
  const news: TrackerNews[] = [];
  let next = await peer.ask({ type: "heartbeat" });
  while (next.type !== "heartbeat-received") {
    news.push(next);
    // deno-lint-ignore no-await-in-loop -- one frame after the other
    next = await peer.next();
  }
  return news;
}

/** A registered peer whose side of the connection nobody reads from then on. */
async function joinWithoutReading(url: string, name: string): Promise<Socket> {
  const { host, port } = new URL(url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write([
    "GET /tracker/socket HTTP/1.1",
    `Host: ${host}`,
    `Cookie: session=${name}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "\r\n",
  ].join("\r\n"));
  await once(socket, "data");
  socket.write(maskedFrame(JSON.stringify(register(name))));
  await once(socket, "data");
  return socket.pause();
}

/** A text frame as a client sends it (RFC 6455 5.2), masked with zeros. */
function maskedFrame(text: string): Uint8Array {
  const payload = new TextEncoder().encode(text);
  assert.ok(payload.length < 126);
  return Uint8Array.of(0x81, 0x80 | payload.length, 0, 0, 0, 0, ...payload);
}
