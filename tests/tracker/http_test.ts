import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import { type TrackerHandler, trackerHandler } from "../../lib/tracker/http.ts";
import { REQUEST_RATE } from "../../lib/tracker/request_rate.ts";
import {
  decodeTrackerNews,
  TRACKER_FRAME_BYTES_MAX,
} from "../../lib/wire/tracker_api.ts";
import { authenticate, HttpPeer, trusts } from "./_doors.ts";
import { idOf, newHub, PERIODS, register, SIGNAL } from "./_peers.ts";

const ANN = idOf("ann");
const BEN = idOf("ben");
const HERE: Deno.Addr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
const ELSEWHERE: Deno.Addr = { ...HERE, hostname: "192.168.1.5" };

function newDoor(): { handler: TrackerHandler; ann: HttpPeer; ben: HttpPeer } {
  const { hub, clock } = newHub();
  const handler = trackerHandler({ hub, clock, authenticate, trusts });
  return {
    handler,
    ann: new HttpPeer(handler, "ann"),
    ben: new HttpPeer(handler, "ben"),
  };
}

/** Both registered and in general; what that told them already read. */
async function newPair() {
  const door = newDoor();
  await door.ann.request("POST", "/peers", register("ann"));
  await door.ben.request("POST", "/peers", register("ben"));
  await door.ann.poll(ANN);
  return door;
}

async function codeOf(response: Response): Promise<string> {
  const { error } = await response.json();
  assert.equal(typeof error.message, "string");
  return error.code;
}

async function assertFails(
  response: Response | Promise<Response>,
  status: number,
  code: string,
): Promise<void> {
  const failed = await response;
  assert.equal(failed.status, status);
  assert.match(failed.headers.get("content-type") ?? "", /^application\/json/);
  assert.equal(await codeOf(failed), code);
}

function plain(
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Request {
  const url = `http://127.0.0.1:8000${path}`;
  return new Request(url, { method, headers });
}

Deno.test("GET /tracker/healthz is open to all", async () => {
  const response = await newDoor().handler(plain("GET", "/tracker/healthz"));
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: "ok" });
});

Deno.test("every other path under /tracker/ needs a session, unknown ones too", async () => {
  const { handler } = newDoor();
  const paths = ["channels", "peers?channel=general", "socket", "nowhere"];
  const answers = await Promise.all(
    paths.map((path) => handler(plain("GET", `/tracker/${path}`))),
  );
  await Promise.all(
    answers.map((answer) => assertFails(answer, 401, "unauthorized")),
  );
  await assertFails(
    handler(plain("POST", "/tracker/peers", { cookie: "session=" })),
    401,
    "unauthorized",
  );
});

Deno.test("unknown paths and methods are 404 in JSON", async () => {
  const { handler, ann } = newDoor();
  await assertFails(ann.request("GET", "/nowhere"), 404, "not-found");
  await assertFails(ann.request("PATCH", "/channels"), 404, "not-found");
  await assertFails(handler(plain("GET", "/elsewhere")), 404, "not-found");
});

Deno.test("POST /tracker/peers registers and welcomes", async () => {
  const { ann } = newDoor();
  const { type: _, ...body } = register("ann", ["general", "lớp-12"]);
  const response = await ann.request("POST", "/peers", body);
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.deepEqual(await response.json(), {
    type: "welcome",
    version: 1,
    peer: ANN,
    user: "ann",
    ...PERIODS,
    channels: [
      { channel: "general", peers: 1 },
      { channel: "lớp-12", peers: 1 },
    ],
    rosters: [
      { channel: "general", size: 1, peers: [] },
      { channel: "lớp-12", size: 1, peers: [] },
    ],
  });
});

Deno.test("POST /tracker/peers refuses an id that another session holds", async () => {
  const { ben } = await newPair();
  await assertFails(
    ben.request("POST", "/peers", register("ann")),
    409,
    "peer-id-taken",
  );
});

Deno.test("POST /tracker/channels is 201 where it made one, else 200", async () => {
  const { ann, ben } = await newPair();
  const made = await ann.request("POST", "/channels", {
    peer: ANN,
    channel: "x",
  });
  assert.equal(made.status, 201);
  assert.deepEqual(await made.json(), {
    type: "peers-listed",
    channel: "x",
    size: 1,
    peers: [],
  });
  const joined = await ben.request("POST", "/channels", {
    peer: BEN,
    channel: "x",
  });
  assert.equal(joined.status, 200);
  assert.deepEqual((await joined.json()).peers, [{ peer: ANN, user: "ann" }]);
  const listed = await ben.request("GET", "/channels");
  assert.deepEqual(await listed.json(), {
    type: "channels-listed",
    channels: [
      { channel: "general", peers: 2 },
      { channel: "x", peers: 2 },
    ],
  });
});

Deno.test("GET /tracker/peers lists a channel, without the peer that asks", async () => {
  const { ann } = await newPair();
  const all = await ann.request("GET", "/peers?channel=general");
  assert.equal((await all.json()).peers.length, 2);
  const others = await ann.request("GET", `/peers?channel=general&peer=${ANN}`);
  assert.deepEqual((await others.json()).peers, [{ peer: BEN, user: "ben" }]);
  await assertFails(
    ann.request("GET", "/peers?channel=x"),
    404,
    "unknown-channel",
  );
  await assertFails(ann.request("GET", "/peers"), 400, "bad-channel-name");
});

Deno.test("PUT and DELETE of a membership join and leave, in any script", async () => {
  const { ann, ben } = await newPair();
  await ann.request("POST", "/channels", { peer: ANN, channel: "lớp" });
  await ben.poll(BEN);
  await ann.poll(ANN);
  const path = `/peers/${BEN}/channels/${encodeURIComponent("lớp")}`;
  const joined = await ben.request("PUT", path);
  assert.equal(joined.status, 200);
  assert.deepEqual((await joined.json()).peers, [{ peer: ANN, user: "ann" }]);
  assert.equal((await ben.request("DELETE", path)).status, 204);
  const types = (await ann.poll(ANN)).map((news) => news.type);
  assert.deepEqual(types, ["peer-joined", "peer-left"]);
  await assertFails(
    ben.request("PUT", `/peers/${BEN}/channels/nowhere`),
    404,
    "unknown-channel",
  );
});

Deno.test("POST of a signal is 202, and its peer fetches it once", async () => {
  const { ann, ben } = await newPair();
  const sent = await ben.request("POST", `/peers/${BEN}/signals`, {
    to: ANN,
    signal: SIGNAL,
  });
  assert.equal(sent.status, 202);
  assert.equal(await sent.text(), "");
  assert.deepEqual(await ann.poll(ANN), [
    { type: "signal-received", from: BEN, user: "ben", signal: SIGNAL },
  ]);
  assert.deepEqual(await ann.poll(ANN), []);
});

Deno.test("POST of a signal to a peer that has left is 200 with the error as news", async () => {
  const { ann, ben } = await newPair();
  await ann.request("DELETE", `/peers/${ANN}`);
  const sent = await ben.request("POST", `/peers/${BEN}/signals`, {
    to: ANN,
    signal: SIGNAL,
  });
  assert.equal(sent.status, 200);
  assert.equal(sent.headers.get("cache-control"), "no-store");
  assert.deepEqual(decodeTrackerNews(await sent.text()), {
    type: "error",
    code: "unknown-peer",
    message: "No such peer in your channels",
    request: "send-signal",
    to: ANN,
  });
});

Deno.test("POST of a signal from a peer that is not registered is still 404", async () => {
  const { ann } = await newPair();
  await ann.request("DELETE", `/peers/${ANN}`);
  await assertFails(
    ann.request("POST", `/peers/${ANN}/signals`, { to: BEN, signal: SIGNAL }),
    404,
    "not-registered",
  );
});

Deno.test("heartbeat answers; leaving is 204 by DELETE and by a beacon", async () => {
  const { handler, ann, ben } = await newPair();
  const beat = await ann.request("POST", `/peers/${ANN}/heartbeat`);
  assert.deepEqual(await beat.json(), { type: "heartbeat-received" });
  assert.equal((await ann.request("DELETE", `/peers/${ANN}`)).status, 204);
  const beacon = new Request(`http://x/tracker/peers/${BEN}/leave`, {
    method: "POST",
    headers: { cookie: "session=ben", "content-type": "text/plain" },
    body: "not JSON",
  });
  assert.equal((await handler(beacon)).status, 204);
  const { channels } = await (await ben.request("GET", "/channels")).json();
  assert.deepEqual(channels, [{ channel: "general", peers: 0 }]);
});

Deno.test("a peer that is not the session's own is not-registered on every path", async () => {
  const { ben } = await newPair();
  const body = { to: BEN, signal: SIGNAL };
  const answers = await Promise.all(
    [ANN, idOf("nobody")].flatMap((peer) => [
      ben.request("POST", `/peers/${peer}/heartbeat`),
      ben.request("POST", `/peers/${peer}/leave`),
      ben.request("DELETE", `/peers/${peer}`),
      ben.request("PUT", `/peers/${peer}/channels/general`),
      ben.request("DELETE", `/peers/${peer}/channels/general`),
      ben.request("GET", `/peers/${peer}/signals`),
      ben.request("POST", `/peers/${peer}/signals`, body),
      ben.request("POST", "/channels", { peer, channel: "x" }),
    ]),
  );
  await Promise.all(
    answers.map((answer) => assertFails(answer, 404, "not-registered")),
  );
});

Deno.test("malformed ids, names, bodies and signals are 400 with their codes", async () => {
  const { ann } = await newPair();
  const signals = `/peers/${ANN}/signals`;
  const cases: [string, string, unknown, string][] = [
    ["POST", "/peers", [], "bad-message"],
    [
      "POST",
      "/peers",
      { ...register("ann"), version: 9 },
      "unsupported-version",
    ],
    [
      "POST",
      "/peers",
      { ...register("ann"), peer: "__proto__" },
      "bad-peer-id",
    ],
    ["POST", "/peers", { ...register("ann"), channels: null }, "bad-message"],
    [
      "POST",
      "/channels",
      { peer: ANN, channel: "__proto__" },
      "bad-channel-name",
    ],
    [
      "POST",
      "/channels",
      { peer: ANN, channel: "a\u202eb" },
      "bad-channel-name",
    ],
    ["POST", "/channels", { peer: ANN }, "bad-channel-name"],
    ["POST", "/channels", { channel: "x" }, "bad-peer-id"],
    ["POST", signals, { to: BEN, signal: null }, "bad-message"],
    ["POST", signals, { to: BEN, signal: { type: "x" } }, "bad-signal"],
    ["POST", signals, { to: "ben", signal: SIGNAL }, "bad-peer-id"],
    ["POST", "/peers/__proto__/heartbeat", undefined, "bad-peer-id"],
    ["POST", "/peers/%E0%A4%A/heartbeat", undefined, "bad-peer-id"],
    ["PUT", `/peers/${ANN}/channels/%00`, undefined, "bad-channel-name"],
    ["GET", "/peers?channel=general&peer=x", undefined, "bad-peer-id"],
  ];
  const answers = await Promise.all(
    cases.map(([method, path, body]) => ann.request(method, path, body)),
  );
  await Promise.all(
    answers.map((answer, at) => assertFails(answer, 400, cases[at]?.[3] ?? "")),
  );
});

Deno.test("a body that is not JSON, or says it is something else, is refused", async () => {
  const { handler } = newDoor();
  const post = (type: string, body: string) =>
    handler(
      new Request("http://x/tracker/peers", {
        method: "POST",
        headers: { cookie: "session=ann", "content-type": type },
        body,
      }),
    );
  const json = JSON.stringify(register("ann"));
  await assertFails(post("text/plain", json), 415, "wrong-content-type");
  await assertFails(
    post("application/x-www-form-urlencoded", json),
    415,
    "wrong-content-type",
  );
  await assertFails(post("application/json", "{"), 400, "bad-message");
  const accepted = await post("application/JSON; charset=utf-8", json);
  assert.equal(accepted.status, 201);
});

Deno.test("a body whose sender leaves in its middle is no fault of the tracker's", async () => {
  const { hub, clock, faults } = newHub();
  const handler = trackerHandler({ hub, clock, authenticate, trusts });
  // What Deno.serve says of a body whose connection has gone.
  const gone = new Deno.errors.BadResource("Cannot read request body");
  const body = ReadableStream.from((function* () {
    yield new TextEncoder().encode('{"peer":');
    throw gone;
  })());
  const headers = { cookie: "session=ann", "content-type": "application/json" };
  const request = { method: "POST", headers, body };
  await assertFails(
    handler(new Request("http://x/tracker/peers", request)),
    400,
    "bad-message",
  );
  assert.deepEqual(faults, []);
});

Deno.test("a body above the limit is 413, by its length or as it streams", async () => {
  const { handler } = newDoor();
  const headers = {
    cookie: "session=ann",
    "content-type": "application/json",
  };
  const large = new TextEncoder().encode(
    "x".repeat(TRACKER_FRAME_BYTES_MAX + 1),
  );
  const post = (init: RequestInit) =>
    handler(
      new Request("http://x/tracker/peers", { method: "POST", ...init }),
    );
  const length = { "content-length": String(large.length) };
  await assertFails(
    post({ headers: { ...headers, ...length }, body: large }),
    413,
    "body-too-large",
  );
  const streamed = post({ headers, body: ReadableStream.from([large]) });
  await assertFails(streamed, 413, "body-too-large");
  const endless = ReadableStream.from((function* () {
    for (;;) yield new Uint8Array(1024);
  })());
  await assertFails(post({ headers, body: endless }), 413, "body-too-large");
});

Deno.test("what another site's page asks to change is refused before its session counts", async () => {
  const { handler } = newDoor();
  const foreign = [
    { origin: "http://evil.example", host: "chat.lan" },
    { origin: "null", host: "chat.lan" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ];
  const cookie = "session=ann";
  const answers = await Promise.all(foreign.flatMap((headers) => [
    handler(plain("POST", "/tracker/peers", { cookie, ...headers })),
    handler(plain("DELETE", `/tracker/peers/${ANN}`, { cookie, ...headers })),
  ]));
  await Promise.all(
    answers.map((answer) => assertFails(answer, 403, "forbidden-origin")),
  );
  const own = { cookie, origin: "http://chat.lan", host: "chat.lan" };
  await assertFails(
    handler(plain("DELETE", `/tracker/peers/${ANN}`, own)),
    404,
    "not-registered",
  );
});

Deno.test("the proxy's word for the host counts from this machine only", async () => {
  const { handler } = newDoor();
  const headers = {
    cookie: "session=ann",
    origin: "http://chat.lan:8081",
    host: "127.0.0.1:8000",
    "x-forwarded-host": "chat.lan:8081",
  };
  const leave = () => plain("DELETE", `/tracker/peers/${ANN}`, headers);
  await assertFails(
    handler(leave(), { remoteAddr: HERE }),
    404,
    "not-registered",
  );
  await assertFails(
    handler(leave(), { remoteAddr: ELSEWHERE }),
    403,
    "forbidden-origin",
  );
});

Deno.test("too many requests are 429 and say when to come back", async () => {
  const { ann, ben } = newDoor();
  const answers = await Promise.all(
    Array.from(
      { length: REQUEST_RATE.burst + 1 },
      () => ann.request("GET", "/channels"),
    ),
  );
  const refused = answers.filter((answer) => answer.status === 429);
  assert.equal(refused.length, 1);
  assert.equal(refused[0]?.headers.get("retry-after"), "1");
  assert.equal((await ben.request("GET", "/channels")).status, 200);
});

Deno.test("GET /metrics answers a direct connection from this machine only", async () => {
  const { handler } = newDoor();
  const forwarded = { "x-forwarded-for": "192.168.1.5" };
  const shown = await handler(plain("GET", "/metrics"), { remoteAddr: HERE });
  assert.equal(shown.status, 200);
  assert.match(await shown.text(), /^weaprous_tracker_peers 0$/m);
  await assertFails(
    handler(plain("GET", "/metrics", forwarded), { remoteAddr: HERE }),
    404,
    "not-found",
  );
  await assertFails(
    handler(plain("GET", "/metrics"), { remoteAddr: ELSEWHERE }),
    404,
    "not-found",
  );
  await assertFails(handler(plain("GET", "/metrics")), 404, "not-found");
});

Deno.test("GET /tracker/socket without an upgrade is 400", async () => {
  const { ann } = newDoor();
  await assertFails(ann.request("GET", "/socket"), 400, "bad-message");
});

Deno.test("a fault of our own is 500 without its details", async () => {
  const { hub, faults } = newHub();
  const handler = trackerHandler({
    hub,
    clock: new ManualClock(),
    trusts,
    authenticate() {
      throw new Error("The database is locked");
    },
  });
  const response = await handler(plain("GET", "/tracker/channels"));
  assert.equal(response.status, 500);
  const text = await response.text();
  assert.ok(!text.includes("database"), text);
  assert.match(faults.join(), /database is locked/);
});
