/**
 * Conformance of the two doors: one script of requests, played by peers on
 * WebSockets, by peers that poll, and by a mix, brings everyone the same news.
 * @module
 */
import assert from "node:assert/strict";
import type {
  TrackerNews,
  TrackerRequest,
} from "../../lib/wire/tracker_api.ts";
import { HttpPeer, SocketPeer, TestTracker } from "./_doors.ts";
import { idOf, register, SIGNAL } from "./_peers.ts";

/** A peer of the script, whichever door it uses. */
interface Player {
  /** Asks, and returns what came of it right away. */
  play(request: TrackerRequest): Promise<TrackerNews[]>;
  /** What came since. */
  catchUp(): Promise<TrackerNews[]>;
  stop(): Promise<void>;
}

/** A channel that there is not: whoever asks for it is answered by its name. */
const ECHO = "echo";

class SocketPlayer implements Player {
  readonly #peer: SocketPeer;

  constructor(peer: SocketPeer) {
    this.#peer = peer;
  }

  async play(request: TrackerRequest): Promise<TrackerNews[]> {
    this.#peer.send(request);
    if (request.type !== "leave") return await this.catchUp();
    await this.#peer.closed;
    return [];
  }

  /** Frames keep their order: what comes before an echo is all there was. */
  async catchUp(): Promise<TrackerNews[]> {
    if (this.#peer.socket.readyState !== WebSocket.OPEN) return [];
    this.#peer.send({ type: "list-peers", channel: ECHO });
    const news: TrackerNews[] = [];
    for (;;) {
      // deno-lint-ignore no-await-in-loop -- one frame after the other
      const next = await this.#peer.next();
      if (next.type === "error" && next.message.includes(ECHO)) return news;
      news.push(next);
    }
  }

  stop(): Promise<void> {
    return this.#peer.close();
  }
}

type Route = [method: string, path: string, body?: unknown];

/** The HTTP request that says the same as a frame. */
function routeOf(peer: string, request: TrackerRequest): Route {
  switch (request.type) {
    case "register":
      return ["POST", "/peers", request];
    case "heartbeat":
      return ["POST", `/peers/${peer}/heartbeat`];
    case "list-channels":
      return ["GET", "/channels"];
    case "list-peers":
      return ["GET", `/peers?channel=${request.channel}&peer=${peer}`];
    case "create-channel":
      return ["POST", "/channels", { peer, channel: request.channel }];
    case "join-channel":
      return ["PUT", `/peers/${peer}/channels/${request.channel}`];
    case "leave-channel":
      return ["DELETE", `/peers/${peer}/channels/${request.channel}`];
    case "send-signal":
      return ["POST", `/peers/${peer}/signals`, request];
    case "leave":
      return ["DELETE", `/peers/${peer}`];
  }
}

class HttpPlayer implements Player {
  readonly #door: HttpPeer;

  constructor(door: HttpPeer) {
    this.#door = door;
  }

  async play(request: TrackerRequest): Promise<TrackerNews[]> {
    const response = await this.#door.request(
      ...routeOf(idOf(this.#door.user), request),
    );
    const text = await response.text();
    if (text === "") return [];
    const body = JSON.parse(text);
    return [response.ok ? body : { type: "error", ...body.error }];
  }

  async catchUp(): Promise<TrackerNews[]> {
    const path = `/peers/${idOf(this.#door.user)}/signals`;
    const response = await this.#door.request("GET", path);
    const { events } = await response.json();
    return events ?? [];
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

const SCRIPT: [player: "ann" | "ben", request: TrackerRequest][] = [
  ["ann", { type: "heartbeat" }],
  ["ann", { type: "join-channel", channel: "general" }],
  ["ann", register("ann")],
  ["ben", register("ann")],
  ["ben", register("ben")],
  ["ann", { type: "create-channel", channel: "x" }],
  ["ann", { type: "create-channel", channel: "x" }],
  ["ben", { type: "list-channels" }],
  ["ben", { type: "list-peers", channel: "x" }],
  ["ben", { type: "list-peers", channel: "nowhere" }],
  ["ben", { type: "join-channel", channel: "nowhere" }],
  ["ben", { type: "join-channel", channel: "x" }],
  ["ben", { type: "join-channel", channel: "x" }],
  ["ben", { type: "send-signal", to: idOf("ann"), signal: SIGNAL }],
  ["ben", { type: "send-signal", to: idOf("nobody"), signal: SIGNAL }],
  ["ann", { type: "send-signal", to: idOf("ann"), signal: SIGNAL }],
  ["ben", { type: "leave-channel", channel: "x" }],
  ["ben", { type: "leave-channel", channel: "x" }],
  ["ben", register("ben", ["x", "y"])],
  ["ann", { type: "leave-channel", channel: "general" }],
  ["ann", { type: "heartbeat" }],
  ["ben", { type: "leave" }],
  ["ann", { type: "list-channels" }],
];

/** News as both doors can tell it: HTTP's errors don't name the request. */
function comparable(news: TrackerNews[]): string[] {
  return news.map((one) =>
    JSON.stringify(
      one,
      (name, value) => name === "request" ? undefined : value,
    )
  ).sort();
}

type Players = Record<"ann" | "ben", Player>;

async function playStep(
  players: Players,
  name: "ann" | "ben",
  request: TrackerRequest,
) {
  const answer = await players[name].play(request);
  const ann = await players.ann.catchUp();
  const ben = await players.ben.catchUp();
  (name === "ann" ? ann : ben).push(...answer);
  return { name, request, ann: comparable(ann), ben: comparable(ben) };
}

/** What each step of the script brings ann and ben. */
async function transcript(doors: Record<"ann" | "ben", "socket" | "http">) {
  await using tracker = new TestTracker();
  const playerOf = async (user: string, door: "socket" | "http") =>
    door === "socket"
      ? new SocketPlayer(await SocketPeer.open(tracker.url, user))
      : new HttpPlayer(new HttpPeer(fetch, user, tracker.url));
  const players: Players = {
    ann: await playerOf("ann", doors.ann),
    ben: await playerOf("ben", doors.ben),
  };
  const steps: unknown[] = [];
  for (const [name, request] of SCRIPT) {
    // deno-lint-ignore no-await-in-loop -- the script has an order
    steps.push(await playStep(players, name, request));
  }
  await players.ann.stop();
  await players.ben.stop();
  return steps;
}

Deno.test("both doors bring the same news for the same script", async () => {
  const bySocket = await transcript({ ann: "socket", ben: "socket" });
  const byHttp = await transcript({ ann: "http", ben: "http" });
  assert.deepEqual(byHttp, bySocket);
  const mixed = await transcript({ ann: "socket", ben: "http" });
  assert.deepEqual(mixed, bySocket);
});
