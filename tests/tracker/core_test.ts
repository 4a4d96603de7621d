import assert from "node:assert/strict";
import { seededRandom } from "../../lib/random.ts";
import { AUDIENCE_MAX } from "../../lib/tracker/channels.ts";
import {
  type Action,
  type Caller,
  type Outcome,
  TrackerCore,
} from "../../lib/tracker/core.ts";
import { PEERS_PER_SESSION_MAX } from "../../lib/tracker/registry.ts";
import {
  CHANNELS_MAX,
  CHANNELS_PER_PEER_MAX,
  decodeTrackerNews,
  PEERS_PER_REPLY_MAX,
  TRACKER_NEWS_BYTES_MAX,
  type TrackerNews,
  type TrackerRequest,
  type Welcome,
} from "../../lib/wire/tracker_api.ts";
import { GONE_AFTER_MS, idOf, PERIODS, register, SIGNAL } from "./_peers.ts";

function newCore(): TrackerCore {
  return new TrackerCore({ random: seededRandom(1), periods: PERIODS });
}

function callerOf(name: string): Caller {
  return { session: `session-of-${name}`, user: name, peer: idOf(name) };
}

/** `name` asks at time 0. */
function ask(
  core: TrackerCore,
  name: string,
  request: TrackerRequest,
): Outcome {
  return core.apply(callerOf(name), request, 0);
}

function welcomeOf(outcome: Outcome): Welcome {
  assert.equal(outcome.reply?.type, "welcome");
  return outcome.reply as Welcome;
}

/** Who is told what, by the readable part of their ids. */
function told(actions: Action[]): [string[], TrackerNews][] {
  return actions.flatMap((action) =>
    action.type === "tell"
      ? [[action.to.map((id) => id.replaceAll("_", "")), action.news]]
      : []
  );
}

function joined(name: string, channel: string, size: number): TrackerNews {
  const peer = idOf(name);
  return { type: "peer-joined", channel, size, peer, user: name };
}

function left(name: string, channel: string, size: number): TrackerNews {
  return { type: "peer-left", channel, size, peer: idOf(name) };
}

Deno.test("register answers periods, channels and rosters without the peer itself", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  assert.deepEqual(welcomeOf(ask(core, "ben", register("ben"))), {
    type: "welcome",
    version: 1,
    peer: idOf("ben"),
    user: "ben",
    ...PERIODS,
    channels: [{ channel: "general", peers: 2 }],
    rosters: [
      {
        channel: "general",
        size: 2,
        peers: [{ peer: idOf("ann"), user: "ann" }],
      },
    ],
  });
});

Deno.test("register tells the other members, and everybody of a channel it made", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  ask(core, "cat", register("cat", []));
  const { actions } = ask(core, "ben", register("ben", ["general", "x"]));
  assert.deepEqual(told(actions), [
    [["ann"], joined("ben", "general", 2)],
    [["ann", "cat"], { type: "channel-created", channel: "x" }],
    [[], joined("ben", "x", 1)],
  ]);
});

Deno.test("register lists general even where nobody is in it", () => {
  const { channels, rosters } = welcomeOf(
    ask(newCore(), "ann", register("ann", [])),
  );
  assert.deepEqual(channels, [{ channel: "general", peers: 0 }]);
  assert.deepEqual(rosters, []);
});

Deno.test("register of an id that another session holds is refused and disturbs nobody", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  const thief = { session: "other", user: "thief" };
  assert.throws(() => core.apply(thief, register("ann"), 0), {
    code: "peer-id-taken",
  });
  assert.equal(core.registry.get(idOf("ann"))?.user, "ann");
});

Deno.test("register of an id whose peer is gone is free for any session", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  core.tick(GONE_AFTER_MS);
  const other = { session: "other", user: "ben" };
  core.apply(other, register("ann"), GONE_AFTER_MS);
  assert.equal(core.registry.get(idOf("ann"))?.user, "ben");
});

Deno.test("register again keeps the peer in the channels it names, and tells nobody twice", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  ask(core, "ben", register("ben", ["general", "x"]));
  const again = ask(core, "ben", register("ben", ["general", "x", "y"]));
  assert.deepEqual(
    welcomeOf(again).rosters.map((roster) => roster.channel),
    ["general", "x", "y"],
  );
  assert.deepEqual(told(again.actions), [
    [["ann"], { type: "channel-created", channel: "y" }],
    [[], joined("ben", "y", 1)],
  ]);
});

Deno.test("register again leaves the channels not named, and tells who is in them", () => {
  const core = newCore();
  ask(core, "ann", register("ann", ["general", "x", "y"]));
  ask(core, "ben", register("ben", ["general", "x"]));
  const again = ask(core, "ben", register("ben", ["y"]));
  assert.deepEqual(
    welcomeOf(again).rosters.map((roster) => roster.channel),
    ["y"],
  );
  assert.deepEqual(told(again.actions), [
    [["ann"], left("ben", "general", 1)],
    [["ann"], left("ben", "x", 1)],
    [["ann"], joined("ben", "y", 2)],
  ]);
  const { channels } = welcomeOf(again);
  assert.deepEqual(channels, [
    { channel: "general", peers: 1 },
    { channel: "x", peers: 1 },
    { channel: "y", peers: 2 },
  ]);
});

Deno.test("register again of a peer in all the channels it may have exchanges them", () => {
  const core = newCore();
  const names = (from: string) =>
    Array.from({ length: CHANNELS_PER_PEER_MAX }, (_, at) => `${from}${at}`);
  ask(core, "ann", register("ann", names("a")));
  const { rosters } = welcomeOf(ask(core, "ann", register("ann", names("b"))));
  assert.deepEqual(rosters.map(({ channel }) => channel), names("b"));
});

Deno.test("register names the same channel twice without joining it twice", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  const { actions } = ask(core, "ben", register("ben", ["general", "general"]));
  assert.deepEqual(told(actions), [[["ann"], joined("ben", "general", 2)]]);
});

Deno.test("register lets in whom a full tracker can't give its channels", () => {
  const core = newCore();
  for (let at = 1; at < CHANNELS_MAX; at++) core.channels.create(`c${at}`, 0);
  const welcome = welcomeOf(
    ask(core, "ann", register("ann", ["more", "general"])),
  );
  assert.deepEqual(welcome.rosters, [{
    channel: "general",
    size: 1,
    peers: [],
  }]);
});

Deno.test("register refuses a 65th peer of one session", () => {
  const core = newCore();
  const session = { session: "s", user: "u" };
  for (let at = 0; at < PEERS_PER_SESSION_MAX; at++) {
    core.apply(session, register(`p${at}`), 0);
  }
  assert.throws(() => core.apply(session, register("more"), 0), {
    code: "peer-limit",
  });
});

Deno.test("register of several windows of one account makes peers that see each other", () => {
  const core = newCore();
  const session = { session: "s", user: "admin" };
  core.apply(session, register("one"), 0);
  const { rosters } = welcomeOf(core.apply(session, register("two"), 0));
  assert.deepEqual(rosters[0]?.peers, [{ peer: idOf("one"), user: "admin" }]);
});

Deno.test("a welcome fits its limit with the longest names there can be", () => {
  const core = newCore();
  const widest = (at: number) => `${"𝒳".repeat(28)}${1000 + at}`;
  const names = Array.from({ length: CHANNELS_MAX - 1 }, (_, at) => widest(at));
  for (const name of names) core.channels.create(name, 0);
  const mine = names.slice(0, CHANNELS_PER_PEER_MAX);
  for (let at = 0; at < 2 * PEERS_PER_REPLY_MAX; at++) {
    const user = "😀".repeat(32);
    core.apply({ session: `s${at}`, user }, register(`p${at}`, mine), 0);
  }
  const welcome = welcomeOf(ask(core, "ann", register("ann", mine)));
  const text = JSON.stringify(welcome);
  assert.ok(new TextEncoder().encode(text).length <= TRACKER_NEWS_BYTES_MAX);
  assert.deepEqual(decodeTrackerNews(text), welcome);
  assert.equal(welcome.rosters.length, CHANNELS_PER_PEER_MAX);
  assert.ok(welcome.rosters.every((roster) => roster.peers.length > 0));
});

Deno.test("a welcome names a whole class in ten channels", () => {
  const core = newCore();
  const names = Array.from({ length: 10 }, (_, at) => `subject-${at}`);
  for (let at = 0; at < 40; at++) {
    const user = `Nguyễn Thị Học Sinh ${at}`;
    core.apply({ session: `s${at}`, user }, register(`p${at}`, names), 0);
  }
  const { rosters } = welcomeOf(ask(core, "ann", register("ann", names)));
  assert.ok(rosters.every((roster) => roster.peers.length === 40));
});

Deno.test("every request but register and lists needs a registered peer of the session", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  const requests: TrackerRequest[] = [
    { type: "heartbeat" },
    { type: "create-channel", channel: "x" },
    { type: "join-channel", channel: "general" },
    { type: "leave-channel", channel: "general" },
    { type: "send-signal", to: idOf("ann"), signal: SIGNAL },
    { type: "leave" },
  ];
  const strangers: Caller[] = [
    callerOf("ben"),
    { session: "s", user: "u" },
    { session: "other", user: "thief", peer: idOf("ann") },
  ];
  for (const request of requests) {
    for (const stranger of strangers) {
      assert.throws(() => core.apply(stranger, request, 0), {
        code: "not-registered",
      }, request.type);
    }
  }
  assert.equal(core.channels.size, 1);
  assert.equal(core.registry.size, 1);
});

Deno.test("list-channels and list-peers answer any session", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  const stranger = { session: "s", user: "u" };
  const { reply } = core.apply(stranger, { type: "list-channels" }, 0);
  assert.deepEqual(reply, {
    type: "channels-listed",
    channels: [{ channel: "general", peers: 1 }],
  });
  const listPeers = { type: "list-peers", channel: "general" } as const;
  assert.deepEqual(core.apply(stranger, listPeers, 0).reply, {
    type: "peers-listed",
    channel: "general",
    size: 1,
    peers: [{ peer: idOf("ann"), user: "ann" }],
  });
  assert.deepEqual(ask(core, "ann", listPeers).reply, {
    type: "peers-listed",
    channel: "general",
    size: 1,
    peers: [],
  });
  assert.throws(
    () => core.apply(stranger, { type: "list-peers", channel: "x" }, 0),
    { code: "unknown-channel" },
  );
});

Deno.test("create-channel tells everybody, and joins one that exists", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  ask(core, "ben", register("ben"));
  const create = { type: "create-channel", channel: "x" } as const;
  const made = ask(core, "ann", create);
  assert.deepEqual(made.reply, {
    type: "peers-listed",
    channel: "x",
    size: 1,
    peers: [],
  });
  assert.deepEqual(told(made.actions), [
    [["ann", "ben"], { type: "channel-created", channel: "x" }],
    [[], joined("ann", "x", 1)],
  ]);
  assert.deepEqual(told(ask(core, "ben", create).actions), [
    [["ann"], joined("ben", "x", 2)],
  ]);
  assert.deepEqual(told(ask(core, "ben", create).actions), []);
});

Deno.test("create-channel above a limit makes none", () => {
  const core = newCore();
  const names = Array.from(
    { length: CHANNELS_PER_PEER_MAX },
    (_, at) => `c${at}`,
  );
  ask(core, "ann", register("ann", names));
  const create = { type: "create-channel", channel: "more" } as const;
  assert.throws(() => ask(core, "ann", create), { code: "channel-limit" });
  assert.equal(core.channels.find("more"), undefined);
  while (!core.channels.full) core.channels.create(`d${core.channels.size}`, 0);
  ask(core, "ben", register("ben"));
  assert.throws(() => ask(core, "ben", create), { code: "channel-limit" });
});

Deno.test("join-channel needs a channel that is there", () => {
  const core = newCore();
  ask(core, "ann", register("ann", []));
  const join = { type: "join-channel", channel: "x" } as const;
  assert.throws(() => ask(core, "ann", join), { code: "unknown-channel" });
});

Deno.test("leave-channel tells the others once and answers nothing", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  ask(core, "ben", register("ben"));
  const leave = { type: "leave-channel", channel: "general" } as const;
  const first = ask(core, "ben", leave);
  assert.equal(first.reply, undefined);
  assert.deepEqual(told(first.actions), [[["ann"], left("ben", "general", 1)]]);
  assert.deepEqual(ask(core, "ben", leave).actions, []);
  const unknown = { type: "leave-channel", channel: "x" } as const;
  assert.deepEqual(ask(core, "ben", unknown).actions, []);
});

Deno.test("send-signal reaches a peer of a shared channel, with the sender's user", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  ask(core, "ben", register("ben"));
  const send = {
    type: "send-signal",
    to: idOf("ann"),
    signal: SIGNAL,
  } as const;
  const { reply, actions } = ask(core, "ben", send);
  assert.equal(reply, undefined);
  assert.deepEqual(told(actions), [[["ann"], {
    type: "signal-received",
    from: idOf("ben"),
    user: "ben",
    signal: SIGNAL,
  }]]);
});

Deno.test("send-signal hides whether a peer elsewhere is online", () => {
  const core = newCore();
  ask(core, "ann", register("ann", ["x"]));
  ask(core, "ben", register("ben", ["y"]));
  const messages = ["ann", "nobody", "ben"].map((to) => {
    try {
      ask(core, "ben", { type: "send-signal", to: idOf(to), signal: SIGNAL });
    } catch (error) {
      return error instanceof Error ? error.message : undefined;
    }
  });
  assert.deepEqual(new Set(messages).size, 1);
  assert.notEqual(messages[0], undefined);
});

Deno.test("leave removes the peer from all its channels at once", () => {
  const core = newCore();
  ask(core, "ann", register("ann", ["general", "x"]));
  ask(core, "ben", register("ben", ["general", "x"]));
  const { actions } = ask(core, "ben", { type: "leave" });
  assert.deepEqual(told(actions), [
    [["ann"], left("ben", "general", 1)],
    [["ann"], left("ben", "x", 1)],
  ]);
  assert.deepEqual(actions.at(-1), {
    type: "forget",
    peer: idOf("ben"),
    why: "left",
  });
  assert.throws(() => ask(core, "ben", { type: "heartbeat" }), {
    code: "not-registered",
  });
});

Deno.test("tick() lets go of a silent peer; any request keeps it", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  ask(core, "ben", register("ben"));
  core.apply(callerOf("ann"), { type: "list-channels" }, 60_000);
  const actions = core.tick(GONE_AFTER_MS);
  assert.deepEqual(told(actions), [[["ann"], left("ben", "general", 1)]]);
  assert.deepEqual(core.registry.ids(), [idOf("ann")]);
  assert.deepEqual(core.tick(GONE_AFTER_MS), []);
});

Deno.test("a request under another's peer id does not keep that peer alive", () => {
  const core = newCore();
  ask(core, "ann", register("ann"));
  const thief = { session: "other", user: "thief", peer: idOf("ann") };
  core.apply(thief, { type: "list-channels" }, 60_000);
  assert.equal(core.tick(GONE_AFTER_MS).length, 2);
});

Deno.test("endSession() lets go of all peers of that session and no others", () => {
  const core = newCore();
  const session = { session: "s", user: "admin" };
  core.apply(session, register("one"), 0);
  core.apply(session, register("two"), 0);
  ask(core, "ann", register("ann"));
  const news = told(core.endSession("s", 0));
  assert.deepEqual(core.registry.ids(), [idOf("ann")]);
  assert.deepEqual(news.at(-1), [["ann"], left("two", "general", 1)]);
});

Deno.test("a coming costs a tracker the same in a channel of 120 and of 600", () => {
  const costOf = (size: number) => {
    const core = newCore();
    for (let at = 1; at < size; at++) {
      core.apply({ session: `s${at}`, user: "u" }, register(`p${at}`), 0);
    }
    const { reply, actions } = ask(core, "ann", register("ann"));
    const [[to] = [[]], ...others] = told(actions);
    assert.deepEqual(others, []);
    const [roster] = welcomeOf({ reply: reply as TrackerNews, actions })
      .rosters;
    assert.equal(roster?.size, size);
    return { told: to.length, named: roster?.peers.length };
  };
  const bounded = { told: AUDIENCE_MAX, named: PEERS_PER_REPLY_MAX };
  assert.deepEqual(costOf(120), bounded);
  assert.deepEqual(costOf(600), bounded);
});

Deno.test("a large channel tells everyone in a sample of its size, whoever joins or leaves", () => {
  const core = newCore();
  for (let at = 1; at <= 200; at++) {
    core.apply({ session: `s${at}`, user: "u" }, register(`p${at}`), 0);
  }
  const [[, came] = []] = told(ask(core, "ann", register("ann")).actions);
  assert.deepEqual(came, joined("ann", "general", 201));
  const [[, went] = []] = told(ask(core, "ann", { type: "leave" }).actions);
  assert.deepEqual(went, left("ann", "general", 200));
});

Deno.test("a heartbeat is answered with the sizes of the channels whose comings not everybody is told", () => {
  const core = newCore();
  for (let at = 1; at <= AUDIENCE_MAX; at++) {
    const channels = at === 1 ? ["general", "few"] : ["general"];
    core.apply(
      { session: `s${at}`, user: "u" },
      register(`p${at}`, channels),
      0,
    );
  }
  const beat = (name: string) =>
    core.apply(
      { session: "s1", user: "u", peer: idOf(name) },
      { type: "heartbeat" },
      0,
    ).reply;
  assert.deepEqual(beat("p1"), { type: "heartbeat-received" });
  ask(core, "ann", register("ann"));
  const sizes = [{ channel: "general", peers: AUDIENCE_MAX + 1 }];
  assert.deepEqual(beat("p1"), { type: "heartbeat-received", sizes });
});
