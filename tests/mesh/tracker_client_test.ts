import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import {
  RECONNECT_MAX_MS,
  RECONNECT_MIN_MS,
  SOCKET_RETRY_MS,
  SOCKET_TIMEOUT_MS,
  TrackerClient,
} from "../../lib/mesh/tracker_client.ts";
import type { TrackerNews } from "../../lib/wire/tracker_api.ts";
import { peerId } from "../tools/ids.ts";

const alice = peerId("alice");
const bob = peerId("bob");
const HEARTBEAT_MS = 30_000;
const POLL_MS = 2_000;

const WELCOME = JSON.stringify({
  type: "welcome",
  version: 1,
  peer: alice,
  user: "alice",
  heartbeatMs: HEARTBEAT_MS,
  syncMs: 10_000,
  pollMs: POLL_MS,
  channels: [],
  rosters: [],
});

const NOT_REGISTERED = JSON.stringify({
  error: { code: "not-registered", message: "This peer is not registered" },
});

class FakeSocket {
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly sent: { type: string }[] = [];
  closed = false;
  closeCode: number | undefined;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code?: number): void {
    this.closed = true;
    this.closeCode = code;
  }

  open(): void {
    this.onopen?.(new Event("open"));
  }

  say(data: string): void {
    this.onmessage?.(new MessageEvent("message", { data }));
  }

  lose(code = 1006): void {
    this.onclose?.(new CloseEvent("close", { code }));
  }

  get types(): string[] {
    return this.sent.map(({ type }) => type);
  }
}

type Answer = { status: number; body: string } | "unreachable";

/** A client whose every road is in the test's hand. */
class Laboratory {
  readonly clock = new ManualClock();
  readonly sockets: FakeSocket[] = [];
  readonly calls: { method: string; path: string; body: unknown }[] = [];
  readonly news: TrackerNews[] = [];
  readonly states: string[] = [];
  answer: (path: string) => Answer = () => "unreachable";
  readonly client = new TrackerClient({
    peer: alice,
    channels: () => ["general"],
    openSocket: () => {
      const socket = new FakeSocket();
      this.sockets.push(socket);
      return socket;
    },
    fetch: (path, init) => this.#fetch(path, init),
    clock: this.clock,
    random: () => 0.5,
    onNews: (news) => void this.news.push(news),
    onState: (state, fault) =>
      void this.states.push(fault === undefined ? state : `${state} ${fault}`),
  });

  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }

  goOnline(): void {
    this.client.start();
    this.socket.open();
    this.socket.say(WELCOME);
  }

  /** Lets every promise that can settle do so. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }

  #fetch(path: string, init: RequestInit): Promise<Response> {
    const body = init.body === undefined
      ? undefined
      : JSON.parse(String(init.body));
    this.calls.push({ method: init.method ?? "GET", path, body });
    const answer = this.answer(path);
    if (answer === "unreachable") return Promise.reject(new TypeError("down"));
    return Promise.resolve(new Response(answer.body, answer));
  }
}

/** A tracker that answers over HTTP only. */
function pollingAnswers(path: string): Answer {
  if (path === "/tracker/peers") return { status: 201, body: WELCOME };
  if (path.endsWith("/signals")) {
    const left = { type: "peer-left", channel: "general", size: 1, peer: bob };
    const body = JSON.stringify({ type: "events-polled", events: [left] });
    return { status: 200, body };
  }
  return { status: 200, body: "{}" };
}

Deno.test("TrackerClient says where the server leads elsewhere, and tries on meanwhile", async () => {
  const lab = new Laboratory();
  lab.answer = () => ({ status: 308, body: "" });
  lab.client.start();
  lab.socket.lose();
  await lab.settle();
  assert.deepEqual(lab.states, ["away moved"]);
  lab.clock.advance(RECONNECT_MIN_MS);
  lab.socket.open();
  lab.socket.say(WELCOME);
  assert.equal(lab.states.at(-1), "online");
});

Deno.test("TrackerClient registers over the socket and is online once welcomed", () => {
  const lab = new Laboratory();
  lab.client.start();
  lab.socket.open();
  assert.deepEqual(lab.socket.sent, [
    { type: "register", version: 1, peer: alice, channels: ["general"] },
  ]);
  lab.socket.say(WELCOME);
  assert.deepEqual(lab.states, ["online"]);
  assert.equal(lab.news[0]?.type, "welcome");
});

Deno.test("TrackerClient sends a heartbeat each period and gives up a socket that is silent", () => {
  const lab = new Laboratory();
  lab.goOnline();
  lab.clock.advance(HEARTBEAT_MS);
  assert.equal(lab.socket.types.at(-1), "heartbeat");
  lab.socket.say(JSON.stringify({ type: "heartbeat-received" }));
  lab.clock.advance(HEARTBEAT_MS - 1);
  assert.deepEqual(lab.states, ["online"]);
  lab.clock.advance(1 + SOCKET_TIMEOUT_MS);
  assert.deepEqual(lab.states, ["online", "away"]);
});

Deno.test("TrackerClient reconnects and registers again when its socket breaks", () => {
  const lab = new Laboratory();
  lab.goOnline();
  lab.socket.lose();
  lab.clock.advance(2 * RECONNECT_MIN_MS);
  assert.equal(lab.sockets.length, 2);
  lab.socket.open();
  assert.deepEqual(lab.socket.types, ["register"]);
  lab.socket.say(WELCOME);
  assert.deepEqual(lab.states, ["online", "away", "online"]);
});

Deno.test("TrackerClient polls where no socket can be had, and sees the same news", async () => {
  const lab = new Laboratory();
  lab.answer = pollingAnswers;
  lab.client.start();
  lab.socket.lose();
  await lab.settle();
  assert.deepEqual(lab.states, ["polling"]);
  lab.clock.advance(POLL_MS);
  await lab.settle();
  assert.deepEqual(lab.news.map(({ type }) => type), ["welcome", "peer-left"]);
});

Deno.test("TrackerClient says requests over HTTP while it polls", async () => {
  const lab = new Laboratory();
  lab.answer = pollingAnswers;
  lab.client.start();
  lab.socket.lose();
  await lab.settle();
  const signal = { type: "hang-up" as const, link: bob };
  lab.client.request({ type: "send-signal", to: bob, signal });
  lab.client.request({ type: "join-channel", channel: "lớp" });
  const [first, second] = lab.calls.slice(-2);
  assert.equal(first?.path, `/tracker/peers/${alice}/signals`);
  assert.deepEqual(first?.body, { to: bob, signal });
  assert.equal(second?.method, "PUT");
  assert.equal(
    second?.path,
    `/tracker/peers/${alice}/channels/${encodeURIComponent("lớp")}`,
  );
});

Deno.test("TrackerClient tries the socket again while it polls", async () => {
  const lab = new Laboratory();
  lab.answer = pollingAnswers;
  lab.client.start();
  lab.socket.lose();
  await lab.settle();
  lab.clock.advance(SOCKET_RETRY_MS);
  assert.equal(lab.sockets.length, 2);
  lab.socket.open();
  lab.socket.say(WELCOME);
  assert.equal(lab.states.at(-1), "online");
});

Deno.test("TrackerClient names the leg that fails: the server, the tracker, the session", async () => {
  const faults: [Answer, string][] = [
    ["unreachable", "away no-server"],
    [{ status: 502, body: "" }, "away no-tracker"],
    [{ status: 401, body: "{}" }, "refused signed-out"],
  ];
  for (const [answer, state] of faults) {
    const lab = new Laboratory();
    lab.answer = () => answer;
    lab.client.start();
    lab.socket.lose();
    await lab.settle();
    assert.deepEqual(lab.states, [state]);
  }
});

Deno.test("TrackerClient passes on why it was refused over HTTP", async () => {
  for (
    const [status, code] of [[403, "forbidden-origin"], [503, "peer-limit"]]
  ) {
    const lab = new Laboratory();
    const body = JSON.stringify({ error: { code, message: "No" } });
    lab.answer = () => ({ status: Number(status), body });
    lab.client.start();
    lab.socket.lose();
    await lab.settle();
    assert.deepEqual(lab.news, [{ type: "error", code, message: "No" }]);
    assert.deepEqual(lab.states, ["away"]);
  }
});

Deno.test("TrackerClient goes on polling while it tries the socket, one poll at a time", async () => {
  const lab = new Laboratory();
  lab.answer = pollingAnswers;
  lab.client.start();
  lab.socket.lose();
  await lab.settle();
  lab.clock.advance(SOCKET_RETRY_MS - 1);
  await lab.settle();
  const polls = () =>
    lab.calls.filter(({ path }) => path.endsWith("/signals")).length;
  const before = polls();
  for (let second = 0; second < 6; second++) {
    lab.clock.advance(1_000);
    await lab.settle();
  }
  assert.equal(lab.sockets.length, 2);
  assert.ok(polls() - before >= 2);
  assert.deepEqual(lab.states, ["polling"]);
});

Deno.test("TrackerClient does not judge a heartbeat by the time of an earlier one", () => {
  const lab = new Laboratory();
  lab.goOnline();
  const answer = () =>
    lab.socket.say(JSON.stringify({ type: "heartbeat-received" }));
  lab.client.retryNow();
  answer();
  lab.clock.advance(SOCKET_TIMEOUT_MS - 100);
  lab.client.retryNow();
  lab.clock.advance(200);
  answer();
  lab.clock.advance(SOCKET_TIMEOUT_MS);
  assert.deepEqual(lab.states, ["online"]);
});

Deno.test("TrackerClient waits longer after each failure, and not at all when asked to retry", async () => {
  const lab = new Laboratory();
  lab.client.start();
  for (let failure = 0; failure < 10; failure++) {
    lab.socket.lose();
    await lab.settle();
    lab.clock.advance(RECONNECT_MAX_MS);
  }
  const before = lab.sockets.length;
  lab.socket.lose();
  await lab.settle();
  lab.clock.advance(1_000);
  assert.equal(lab.sockets.length, before);
  lab.client.retryNow();
  assert.equal(lab.sockets.length, before + 1);
});

Deno.test("TrackerClient stays refused where nobody is logged in any more", async () => {
  const lab = new Laboratory();
  lab.goOnline();
  lab.answer = () => ({ status: 401, body: "{}" });
  lab.socket.lose(4401);
  lab.clock.advance(RECONNECT_MIN_MS);
  // The handshake is answered with 401, which a page is not told.
  lab.socket.lose();
  await lab.settle();
  const states = ["online", "connecting", "refused signed-out"];
  assert.deepEqual(lab.states, states);
  const { length } = lab.sockets;
  lab.client.retryNow();
  lab.clock.advance(10 * RECONNECT_MAX_MS);
  await lab.settle();
  assert.equal(lab.sockets.length, length);
});

Deno.test("TrackerClient goes on where another window has logged in again", async () => {
  for (const ended of ["news", "close"] as const) {
    const lab = new Laboratory();
    lab.goOnline();
    const first = lab.socket;
    if (ended === "close") first.lose(4401);
    else first.say(`{"type":"error","code":"session-expired","message":"No"}`);
    assert.equal(first.closed, true);
    // Of a login that is under way over there.
    lab.answer = () => ({ status: 401, body: "{}" });
    lab.clock.advance(RECONNECT_MIN_MS);
    lab.socket.open();
    assert.deepEqual(lab.socket.types, ["register"]);
    lab.socket.say(WELCOME);
    await lab.settle();
    assert.deepEqual(lab.states, ["online", "connecting", "online"]);
  }
});

Deno.test("TrackerClient waits for no handshake to learn that its session has ended", async () => {
  for (const status of [401, 200]) {
    const lab = new Laboratory();
    lab.goOnline();
    const body = `{"type":"channels-listed","channels":[]}`;
    lab.answer = () => ({ status, body });
    lab.socket.lose(4401);
    lab.clock.advance(RECONNECT_MIN_MS);
    await lab.settle();
    const isOut = status === 401;
    assert.equal(lab.socket.closed, isOut);
    const now = isOut ? "refused signed-out" : "connecting";
    assert.equal(lab.states.at(-1), now);
    // Elsewhere there is a handshake that goes on.
    if (!isOut) lab.socket.open();
    if (!isOut) lab.socket.say(WELCOME);
    assert.equal(lab.states.at(-1), isOut ? now : "online");
  }
});

Deno.test("TrackerClient speaks for nobody but the person who opened the page", async () => {
  const other = WELCOME.replace('"user":"alice"', '"user":"bob"');
  const lab = new Laboratory();
  lab.goOnline();
  lab.socket.lose(4401);
  lab.clock.advance(RECONNECT_MIN_MS);
  lab.socket.open();
  lab.socket.say(other);
  assert.equal(lab.socket.closeCode, 1000);
  const states = ["online", "connecting", "refused signed-out"];
  assert.deepEqual(lab.states, states);
  assert.equal(lab.news.length, 1);

  const polling = new Laboratory();
  polling.goOnline();
  polling.answer = () => ({ status: 201, body: other });
  polling.socket.lose(4401);
  polling.clock.advance(RECONNECT_MIN_MS);
  polling.socket.lose();
  await polling.settle();
  assert.equal(polling.calls.at(-1)?.path, `/tracker/peers/${alice}/leave`);
  assert.equal(polling.states.at(-1), "refused signed-out");
});

Deno.test("TrackerClient registers anew when a polled tracker no longer knows it", async () => {
  const lab = new Laboratory();
  lab.answer = pollingAnswers;
  lab.client.start();
  lab.socket.lose();
  await lab.settle();
  lab.answer = (path) =>
    path === "/tracker/peers"
      ? { status: 201, body: WELCOME }
      : { status: 404, body: NOT_REGISTERED };
  lab.clock.advance(POLL_MS);
  await lab.settle();
  lab.clock.advance(RECONNECT_MAX_MS);
  lab.socket.lose();
  await lab.settle();
  const registrations = lab.calls.filter(({ path }) =>
    path === "/tracker/peers"
  );
  assert.equal(registrations.length, 2);
  assert.equal(lab.states.at(-1), "polling");
});

Deno.test("TrackerClient that polls asks once more before it believes that nobody is logged in", async () => {
  for (const status of [201, 401]) {
    const lab = new Laboratory();
    lab.answer = pollingAnswers;
    lab.client.start();
    lab.socket.lose();
    await lab.settle();
    // With the cookie from before a change of password in another window.
    lab.answer = () => ({ status: 401, body: "{}" });
    lab.clock.advance(POLL_MS);
    lab.client.request({ type: "list-channels" });
    await lab.settle();
    assert.deepEqual(lab.states, ["polling", "connecting"]);
    lab.answer = (path) =>
      status === 201 ? pollingAnswers(path) : { status, body: "{}" };
    lab.clock.advance(RECONNECT_MIN_MS);
    lab.socket.lose();
    await lab.settle();
    const now = status === 201 ? "polling" : "refused signed-out";
    assert.equal(lab.states.at(-1), now);
    lab.client.stop();
    await lab.settle();
  }
});

Deno.test("TrackerClient does not say goodbye on a socket that it only gives up", () => {
  const lab = new Laboratory();
  lab.goOnline();
  const { socket } = lab;
  lab.clock.advance(HEARTBEAT_MS + SOCKET_TIMEOUT_MS);
  assert.equal(socket.closed, true);
  // 1000 and 1001 tell the tracker that the page is closing (RFC 6455 7.4.1).
  assert.ok((socket.closeCode ?? 1000) >= 4000);
});

Deno.test("TrackerClient survives news that it does not understand", () => {
  const lab = new Laboratory();
  lab.goOnline();
  for (const junk of ["hello", "[]", `{"type":"party"}`, "\u0000"]) {
    lab.socket.say(junk);
  }
  assert.deepEqual(lab.states, ["online"]);
  assert.equal(lab.news.length, 1);
});

Deno.test("TrackerClient.stop() says goodbye and leaves no timer behind", () => {
  const lab = new Laboratory();
  lab.goOnline();
  const { socket } = lab;
  lab.client.stop();
  assert.equal(socket.types.at(-1), "leave");
  assert.equal(socket.closeCode, 1000);
  lab.clock.advance(10 * HEARTBEAT_MS);
  assert.equal(lab.sockets.length, 1);
  assert.equal(socket.types.at(-1), "leave");
});

Deno.test("TrackerClient.stop() takes back a registration over HTTP that is under way: a page that is left closes its socket first", async () => {
  const lab = new Laboratory();
  lab.client.start();
  lab.socket.lose();
  lab.client.stop();
  await lab.settle();
  const paths = lab.calls.map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(paths, [
    "POST /tracker/peers",
    `POST /tracker/peers/${alice}/leave`,
  ]);
});
