import assert from "node:assert/strict";
import { type Clock, ManualClock } from "../../lib/clock.ts";
import type { LinkPath, LinkProblem } from "../../lib/mesh/link.ts";
import {
  EARLY_MESSAGES_MAX,
  RESTART_AFTER_MS,
  RESTART_DEADLINE_MS,
  RtcLink,
} from "../../lib/mesh/rtc_link.ts";
import { peerId } from "../tools/ids.ts";

const SDP = `a=fingerprint:sha-256 ${
  Array.from({ length: 32 }, () => "AB").join(":")
}\r\n`;

/** What a link uses of an RTCDataChannel, moved by hand. */
class FakeChannel {
  readyState = "connecting";
  bufferedAmount = 0;
  onopen = () => {};
  onmessage: (event: { data: unknown }) => void = () => {};
  onclose = () => {};
  close() {}

  open(): void {
    this.readyState = "open";
    this.onopen();
  }
}

/** What a link uses of an RTCPeerConnection, moved by hand. */
class FakeConnection {
  connectionState = "new";
  iceConnectionState = "new";
  signalingState = "stable";
  localDescription = { type: "offer", sdp: SDP };
  restarts = 0;
  onnegotiationneeded = () => {};
  onicecandidate = () => {};
  onconnectionstatechange = () => {};
  oniceconnectionstatechange = () => {};
  readonly control = new FakeChannel();
  readonly bulk = new FakeChannel();

  createDataChannel = (label: string) =>
    label === "control" ? this.control : this.bulk;
  getStats = () => Promise.resolve(new Map());
  setLocalDescription = () => Promise.resolve();
  setRemoteDescription = () => Promise.resolve();
  close = () => {};
  restartIce = () => void this.restarts++;

  open(): void {
    this.#become("connected");
    this.control.open();
    this.bulk.open();
  }

  /** ICE lost its way; the browser says so. */
  breaks(): void {
    this.#become("disconnected");
  }

  heals(): void {
    this.#become("connected");
  }

  #become(state: string): void {
    this.connectionState = state;
    this.iceConnectionState = state;
    this.onconnectionstatechange();
  }
}

interface Scene {
  link: RtcLink;
  connection: FakeConnection;
  closed: (LinkProblem | undefined)[];
  paths: LinkPath[];
  /** `opened`, and each message, in their order. */
  told: string[];
}

async function scene(clock: Clock): Promise<Scene> {
  const connection = new FakeConnection();
  const closed: (LinkProblem | undefined)[] = [];
  const paths: LinkPath[] = [];
  const told: string[] = [];
  const link = new RtcLink({
    connection: connection as unknown as RTCPeerConnection,
    clock,
    link: peerId("link"),
    remote: peerId("bob"),
    dials: false,
    polite: true,
    events: {
      signal() {},
      opened: () => told.push("opened"),
      message: (text) => told.push(text),
      bytes() {},
      drained() {},
      pathChanged: (path) => paths.push(path),
      closed: (problem) => closed.push(problem),
    },
  });
  link.receive({ type: "offer", link: peerId("link"), sdp: SDP });
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  return { link, connection, closed, paths, told };
}

async function openScene(clock: Clock): Promise<Scene> {
  const open = await scene(clock);
  open.connection.open();
  return open;
}

Deno.test("RtcLink does not restart ICE for a hiccup", async () => {
  const clock = new ManualClock();
  const { connection, closed } = await openScene(clock);
  connection.breaks();
  clock.advance(RESTART_AFTER_MS - 1);
  connection.heals();
  clock.advance(60_000);
  assert.equal(connection.restarts, 0);
  assert.deepEqual(closed, []);
});

Deno.test("RtcLink restarts ICE where the way stays lost, and lives on when it is found", async () => {
  const clock = new ManualClock();
  const { connection, closed, paths } = await openScene(clock);
  connection.breaks();
  assert.deepEqual(paths, ["interrupted"]);
  clock.advance(RESTART_AFTER_MS);
  assert.equal(connection.restarts, 1);
  connection.heals();
  clock.advance(60_000);
  assert.deepEqual(closed, []);
});

Deno.test("RtcLink ends what a restart does not bring back", async () => {
  const clock = new ManualClock();
  const { connection, closed } = await openScene(clock);
  connection.breaks();
  clock.advance(RESTART_AFTER_MS + RESTART_DEADLINE_MS);
  assert.deepEqual(closed, ["broken"]);
});

Deno.test("RtcLink.restart() looks for a new way at once when the network is another one", async () => {
  const clock = new ManualClock();
  const { link, connection, closed } = await openScene(clock);
  link.restart();
  assert.equal(connection.restarts, 0, "nothing is in doubt");
  connection.breaks();
  link.restart();
  assert.equal(connection.restarts, 1);
  connection.heals();
  clock.advance(60_000);
  assert.deepEqual(closed, []);
});

Deno.test("RtcLink.restart() leaves a link alone that is only being built", async () => {
  const clock = new ManualClock();
  const { link, connection, closed } = await scene(clock);
  link.restart();
  clock.advance(RESTART_DEADLINE_MS);
  assert.equal(connection.restarts, 0);
  assert.deepEqual(closed, []);
  connection.open();
  clock.advance(60_000);
  assert.deepEqual(closed, []);
});

/** A machine that sleeps: the time goes on, and timers come late. */
class SleepyClock implements Clock {
  #now = 1_000_000;
  readonly #timers: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  after(_delayMs: number, run: () => void): () => void {
    this.#timers.push(run);
    return () => {
      const at = this.#timers.indexOf(run);
      if (at >= 0) this.#timers.splice(at, 1);
    };
  }

  /** All that was to go off meanwhile goes off now. */
  wakeAfter(ms: number): void {
    this.#now += ms;
    for (const run of this.#timers.splice(0)) run();
  }
}

Deno.test("RtcLink tries again after an hour of sleep, in place of giving up at once", async () => {
  const clock = new SleepyClock();
  const { connection, closed } = await openScene(clock);
  connection.breaks();
  clock.wakeAfter(RESTART_AFTER_MS);
  assert.equal(connection.restarts, 1);
  clock.wakeAfter(3_600_000);
  assert.equal(connection.restarts, 2);
  assert.deepEqual(closed, []);
  clock.wakeAfter(RESTART_DEADLINE_MS);
  assert.deepEqual(closed, ["broken"]);
});

Deno.test("RtcLink tells nothing of what comes before both of its channels are open, and then all of it", async () => {
  const { connection: { control, bulk }, told } = await scene(
    new ManualClock(),
  );
  control.open();
  control.onmessage({ data: "hello" });
  assert.deepEqual(told, []);
  bulk.open();
  control.onmessage({ data: "more" });
  assert.deepEqual(told, ["opened", "hello", "more"]);
});

Deno.test("RtcLink ends where more comes than a hello before it is open", async () => {
  const { connection: { control, bulk }, closed, told } = await scene(
    new ManualClock(),
  );
  control.open();
  for (let count = 0; count <= EARLY_MESSAGES_MAX; count++) {
    control.onmessage({ data: "x" });
  }
  bulk.open();
  assert.deepEqual(closed, ["broken"]);
  assert.deepEqual(told, []);
});
