/**
 * Door 1: the tracker's HTTP API, all of it JSON under /tracker/. It builds the
 * same requests that a socket carries, and knows which status each answer has.
 * @module
 */
import { Hono } from "hono";
import type { Clock } from "../clock.ts";
import {
  type ChannelName,
  readChannelName,
  readPeerId,
} from "../wire/names.ts";
import {
  readTrackerRequest,
  type TrackerRequest,
} from "../wire/tracker_api.ts";
import { WireError } from "../wire/wire_error.ts";
import {
  answer,
  bodyOf,
  type Door,
  type DoorContext,
  fromLoopback,
  newsAnswer,
  type Session,
} from "./_answers.ts";
import type { Caller } from "./core.ts";
import type { Hub } from "./hub.ts";
import { believedRequest, type Trust } from "../forwarded.ts";
import { hasForeignOrigin, isCrossSite } from "../request_origin.ts";
import { acceptSocket } from "./socket.ts";

export type Authenticate = (request: Request) => Session | undefined;

export interface DoorOptions {
  hub: Hub;
  clock: Clock;
  authenticate: Authenticate;
  /** Whose X-Forwarded-* headers are believed. */
  trusts: Trust;
}

/** Answers one request of either door; never throws. */
export type TrackerHandler = (
  request: Request,
  info?: { remoteAddr: Deno.Addr },
) => Response | Promise<Response>;

const SAFE_METHODS = ["GET", "HEAD"];

/** Both doors as one handler for Deno.serve. */
export function trackerHandler(options: DoorOptions): TrackerHandler {
  const { hub, trusts } = options;
  const app = new Hono<Door>();
  app.onError((error, c) => answer(c, hub.failure(error)));
  app.notFound((c) =>
    answer(c, hub.failure(new WireError("not-found", "No such resource")))
  );
  addOperations(app, hub);
  addGuards(app, options);
  addSocket(app, options);
  addChannels(app, hub);
  addPeers(app, hub);
  addMemberships(app, hub);
  addSignals(app, hub);
  return (request, info) => {
    const remoteAddr = info?.remoteAddr;
    const believed = believedRequest(request, remoteAddr, trusts);
    return app.fetch(believed, { remoteAddr, arrived: request });
  };
}

function addOperations(app: Hono<Door>, hub: Hub): void {
  app.get("/tracker/healthz", (c) => c.json({ status: "ok" }));
  app.get("/metrics", (c) => {
    const forwarded = c.req.header("x-forwarded-for") !== undefined;
    if (!fromLoopback(c) || forwarded) return c.notFound();
    return c.text(hub.metricsText());
  });
}

/** First whose page asks, then whose session it is. */
function addGuards(app: Hono<Door>, { authenticate }: DoorOptions): void {
  app.use("/tracker/*", async (c, next) => {
    const request = c.req.raw;
    const isSocket = c.req.path === "/tracker/socket";
    const changes = !SAFE_METHODS.includes(c.req.method);
    const foreign = (changes || isSocket) &&
      hasForeignOrigin(request);
    if (foreign || (changes && isCrossSite(request))) {
      throw new WireError("forbidden-origin", "Another site may not do this");
    }
    const session = authenticate(request);
    if (session === undefined) {
      throw new WireError("unauthorized", "Sign in first");
    }
    c.set("session", session);
    await next();
  });
}

function addSocket(app: Hono<Door>, { hub, clock }: DoorOptions): void {
  app.get("/tracker/socket", (c) => {
    const { session } = c.var;
    return acceptSocket(c.env.arrived, { hub, clock, session });
  });
}

/** Who asks, counted against its rate; `peer` as the request names it. */
function admitted(c: DoorContext, hub: Hub, peer?: string): Caller {
  const { id: session, user } = c.var.session;
  const caller: Caller = {
    session,
    user,
    peer: peer === undefined ? undefined : readPeerId(peer),
  };
  hub.admit(caller);
  return caller;
}

function addChannels(app: Hono<Door>, hub: Hub): void {
  app.get("/tracker/channels", (c) => {
    const caller = admitted(c, hub);
    return answer(c, hub.askOverHttp(caller, { type: "list-channels" }));
  });
  app.post("/tracker/channels", async (c) => {
    const body = await bodyOf(c);
    const caller = admitted(c, hub, readPeerId(body["peer"]));
    const channel = readChannelName(body["channel"]);
    const status = hub.hasChannel(channel) ? 200 : 201;
    const request = { type: "create-channel", channel } as const;
    return answer(c, hub.askOverHttp(caller, request), status);
  });
}

function addPeers(app: Hono<Door>, hub: Hub): void {
  app.post("/tracker/peers", async (c) => {
    const body = await bodyOf(c);
    const caller = admitted(c, hub);
    const request = readTrackerRequest({ ...body, type: "register" });
    return answer(c, hub.askOverHttp(caller, request), 201);
  });
  app.get("/tracker/peers", (c) => {
    const caller = admitted(c, hub, c.req.query("peer"));
    const channel = readChannelName(c.req.query("channel"));
    return answer(c, hub.askOverHttp(caller, { type: "list-peers", channel }));
  });
  app.post("/tracker/peers/:peer/heartbeat", (c) => {
    const caller = admitted(c, hub, c.req.param("peer"));
    return answer(c, hub.askOverHttp(caller, { type: "heartbeat" }));
  });
  const leave = (c: DoorContext) => {
    const caller = admitted(c, hub, c.req.param("peer"));
    return answer(c, hub.askOverHttp(caller, { type: "leave" }));
  };
  app.delete("/tracker/peers/:peer", leave);
  app.post("/tracker/peers/:peer/leave", leave);
}

function addMemberships(app: Hono<Door>, hub: Hub): void {
  const path = "/tracker/peers/:peer/channels/:channel";
  const change = (
    c: DoorContext,
    requestOf: (channel: ChannelName) => TrackerRequest,
  ) => {
    const caller = admitted(c, hub, c.req.param("peer"));
    const channel = readChannelName(c.req.param("channel"));
    return answer(c, hub.askOverHttp(caller, requestOf(channel)));
  };
  app.put(
    path,
    (c) => change(c, (channel) => ({ type: "join-channel", channel })),
  );
  app.delete(
    path,
    (c) => change(c, (channel) => ({ type: "leave-channel", channel })),
  );
}

function addSignals(app: Hono<Door>, hub: Hub): void {
  const path = "/tracker/peers/:peer/signals";
  app.post(path, async (c) => {
    const body = await bodyOf(c);
    const caller = admitted(c, hub, c.req.param("peer"));
    const request = readTrackerRequest({ ...body, type: "send-signal" });
    const reply = hub.askOverHttp(caller, request);
    if (reply === undefined) return c.body(null, 202);
    // That someone has left is everyday news to a page that polls. Browsers
    // print each 404 as an error, so it is told here as on the socket.
    const hasLeft = reply.type === "error" && reply.code === "unknown-peer";
    return hasLeft ? newsAnswer(c, reply) : answer(c, reply);
  });
  app.get(path, (c) => {
    const caller = admitted(c, hub, c.req.param("peer"));
    const events = hub.poll(caller).join(",");
    c.header("cache-control", "no-store");
    c.header("content-type", "application/json");
    return c.body(`{"type":"events-polled","events":[${events}]}`);
  });
}
