import assert from "node:assert/strict";
import { type Clock, ManualClock } from "../../lib/clock.ts";
import type { LinkPath, LinkProblem } from "../../lib/mesh/link.ts";
import {
  RESTART_AFTER_MS,
  RESTART_DEADLINE_MS,
  RtcLink,
} from "../../lib/mesh/rtc_link.ts";
import { peerId } from "../tools/ids.ts";

const SDP = `a=fingerprint:sha-256 ${
  Array.from({ length: 32 }, () => "AB").join(":")
}\r\n`;

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
  readonly channel = {
    readyState: "connecting",
    bufferedAmount: 0,
    onopen: () => {},
    onmessage: () => {},
    onclose: () => {},
    close() {},
  };

  createDataChannel = () => this.channel;
  getStats = () => Promise.resolve(new Map());
  setLocalDescription = () => Promise.resolve();
  setRemoteDescription = () => Promise.resolve();
  close = () => {};
  restartIce = () => void this.restarts++;

  open(): void {
    this.channel.readyState = "open";
    this.#become("connected");
    this.channel.onopen();
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
}

async function scene(clock: Clock): Promise<Scene> {
  const connection = new FakeConnection();
  const closed: (LinkProblem | undefined)[] = [];
  const paths: LinkPath[] = [];
  const link = new RtcLink({
    connection: connection as unknown as RTCPeerConnection,
    clock,
    link: peerId("link"),
    remote: peerId("bob"),
    dials: false,
    polite: true,
    events: {
      signal() {},
      opened() {},
      message() {},
      bytes() {},
      drained() {},
      pathChanged: (path) => paths.push(path),
      closed: (problem) => closed.push(problem),
    },
  });
  link.receive({ type: "offer", link: peerId("link"), sdp: SDP });
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  return { link, connection, closed, paths };
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
