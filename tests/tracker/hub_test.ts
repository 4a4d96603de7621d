import assert from "node:assert/strict";
import {
  LEFT,
  REPLACED,
  SESSION_ENDED,
  SILENT,
  TOO_SLOW,
} from "../../lib/tracker/line.ts";
import {
  LINES_PER_SESSION_MAX,
  REGISTER_WITHIN_MS,
} from "../../lib/tracker/lines.ts";
import { REVOCATION_NEWS_MS, SESSION_CHECK_MS } from "../../lib/tracker/hub.ts";
import { RESUME_GRACE_MS } from "../../lib/tracker/registry.ts";
import { REQUEST_RATE } from "../../lib/tracker/request_rate.ts";
import type { TrackerNews } from "../../lib/wire/tracker_api.ts";
import {
  FakeLine,
  GONE_AFTER_MS,
  idOf,
  join,
  newHub,
  register,
  SIGNAL,
} from "./_peers.ts";

function left(name: string): TrackerNews {
  return { type: "peer-left", channel: "general", size: 1, peer: idOf(name) };
}

Deno.test("Hub answers on the line and tells the others on theirs", () => {
  const { hub } = newHub();
  const ann = join(hub, "ann");
  const ben = join(hub, "ben");
  assert.deepEqual(ann.take(), [{
    type: "peer-joined",
    channel: "general",
    size: 2,
    peer: idOf("ben"),
    user: "ben",
  }]);
  const send = {
    type: "send-signal",
    to: idOf("ann"),
    signal: SIGNAL,
  } as const;
  assert.deepEqual(ben.ask(send), []);
  assert.equal(ann.take()[0]?.type, "signal-received");
  assert.equal(hub.metrics.signals, 1);
});

Deno.test("Hub answers a failed request with its type and disturbs nobody", () => {
  const { hub, faults } = newHub();
  const ann = join(hub, "ann");
  const ben = join(hub, "ben");
  ann.take();
  const [error] = ben.ask({ type: "join-channel", channel: "x" });
  assert.deepEqual(error, {
    type: "error",
    code: "unknown-channel",
    message: 'There is no channel "x"',
    request: "join-channel",
  });
  assert.deepEqual(ann.take(), []);
  assert.equal(hub.metrics.errors("unknown-channel"), 1);
  assert.deepEqual(faults, []);
});

Deno.test("Hub keeps a peer whose socket broke, and gives it on return what it missed", () => {
  const { hub, clock } = newHub();
  const ann = join(hub, "ann");
  const ben = join(hub, "ben");
  hub.lineEnded(ben, { leaving: false });
  clock.advance(RESUME_GRACE_MS - 1);
  ann.take();
  ann.ask({ type: "send-signal", to: idOf("ben"), signal: SIGNAL });
  assert.deepEqual(ann.take(), []);
  const back = new FakeLine(hub, "session-of-ben", "ben");
  const types = back.ask(register("ben")).map((news) => news.type);
  assert.deepEqual(types, ["welcome", "signal-received"]);
  clock.advance(RESUME_GRACE_MS);
  assert.deepEqual(ann.take(), []);
});

Deno.test("Hub lets go of a peer whose socket broke and that does not return", () => {
  const { hub, clock } = newHub();
  const ann = join(hub, "ann");
  const ben = join(hub, "ben");
  ann.take();
  hub.lineEnded(ben, { leaving: false });
  clock.advance(RESUME_GRACE_MS);
  assert.deepEqual(ann.take(), [left("ben")]);
});

Deno.test("Hub tells everybody that certificates were revoked, once, and newcomers with their welcome", () => {
  const { hub, clock, revoked } = newHub();
  const ann = join(hub, "ann");
  assert.deepEqual(ann.ask({ type: "heartbeat" }), [
    { type: "heartbeat-received" },
  ]);
  revoked.last = 3;
  ann.take();
  clock.advance(SESSION_CHECK_MS);
  // Who comes back under another cookie is to get another certificate first.
  const ben = new FakeLine(hub, "session-of-ben", "ben");
  const [welcome] = ben.ask(register("ben"));
  assert.ok(welcome?.type === "welcome");
  assert.equal(welcome.revocation, 3);
  ann.take();
  assert.deepEqual(ann.ask({ type: "heartbeat" }), [
    { type: "heartbeat-received" },
  ]);
  ann.take();
  clock.advance(REVOCATION_NEWS_MS - 1);
  assert.deepEqual(ann.take(), []);
  clock.advance(1);
  const news = { type: "certificates-revoked", revocation: 3 };
  assert.deepEqual(ann.take(), [news]);
  clock.advance(2 * SESSION_CHECK_MS);
  assert.deepEqual(ann.take(), []);
  assert.deepEqual(ann.ask({ type: "heartbeat" }), [
    { type: "heartbeat-received", revocation: 3 },
  ]);
  // A database that was put back counts anew: that is news as well.
  ann.take();
  revoked.last = 1;
  clock.advance(SESSION_CHECK_MS + REVOCATION_NEWS_MS);
  assert.deepEqual(ann.take(), [{ ...news, revocation: 1 }]);
});

Deno.test("Hub lets a peer that polls go on under another session once its former one has ended", () => {
  const { hub, ended, revoked } = newHub();
  const peer = idOf("ann");
  const ben = join(hub, "ben");
  const ask = (session: string) =>
    hub.askOverHttp({ session, user: "ann", peer }, register("ann"));
  assert.equal(ask("first")?.type, "welcome");
  const refused = ask("second");
  assert.ok(refused?.type === "error");
  assert.equal(refused.code, "peer-id-taken");
  ben.take();
  // With another password; no check has noticed yet.
  ended.add("first");
  revoked.last = 1;
  const welcome = ask("second");
  assert.ok(welcome?.type === "welcome");
  assert.equal(welcome.revocation, 1);
  assert.deepEqual(ben.take().map(({ type }) => type), [
    ...["peer-left", "peer-joined"],
  ]);
});

Deno.test("Hub.stop() keeps news of revocations from going out", () => {
  const { hub, clock, revoked } = newHub();
  const ann = join(hub, "ann");
  revoked.last = 1;
  clock.advance(SESSION_CHECK_MS);
  hub.stop();
  clock.advance(REVOCATION_NEWS_MS);
  assert.deepEqual(ann.take(), []);
});

Deno.test("Hub lets go of a peer at once when its page said goodbye", () => {
  const { hub } = newHub();
  const ann = join(hub, "ann");
  const ben = join(hub, "ben");
  ann.take();
  hub.lineEnded(ben, { leaving: true });
  assert.deepEqual(ann.take(), [left("ben")]);
});

Deno.test("Hub lets a newer socket replace the older, whose end then means nothing", () => {
  const { hub, clock } = newHub();
  const ann = join(hub, "ann");
  const older = join(hub, "ben");
  ann.take();
  const newer = new FakeLine(hub, "session-of-ben", "ben");
  newer.ask(register("ben"));
  assert.deepEqual(older.closing, REPLACED);
  hub.lineEnded(older, { leaving: true });
  ann.ask({ type: "heartbeat" });
  clock.advance(RESUME_GRACE_MS);
  ann.ask({ type: "send-signal", to: idOf("ben"), signal: SIGNAL });
  assert.deepEqual(ann.take(), []);
  assert.equal(newer.take().at(-1)?.type, "signal-received");
});

Deno.test("Hub does not count on a socket that its own welcome chokes", () => {
  const { hub, clock } = newHub();
  const ann = join(hub, "ann");
  const choking = new FakeLine(hub, "session-of-ben", "ben");
  choking.send = () => choking.close(TOO_SLOW);
  choking.ask(register("ben"));
  ann.take();
  clock.advance(RESUME_GRACE_MS);
  assert.deepEqual(ann.take(), [left("ben")]);
});

Deno.test("Hub takes a peer from its socket when it registers over HTTP", () => {
  const { hub } = newHub();
  const ann = join(hub, "ann");
  const ben = join(hub, "ben");
  const caller = { session: "session-of-ben", user: "ben", peer: idOf("ben") };
  const reply = hub.askOverHttp(caller, register("ben"));
  assert.equal(reply?.type, "welcome");
  assert.deepEqual(ben.closing, REPLACED);
  ann.ask({ type: "send-signal", to: idOf("ben"), signal: SIGNAL });
  assert.equal(hub.poll(caller).length, 1);
  assert.deepEqual(hub.poll(caller), []);
});

Deno.test("Hub keeps one socket to one peer, until that is gone", () => {
  const { hub } = newHub();
  const line = join(hub, "ann");
  const [error] = line.ask(register("ben"));
  assert.ok(error?.type === "error" && error.code === "bad-message");
  assert.deepEqual(line.ask({ type: "heartbeat" }), [
    { type: "heartbeat-received" },
  ]);
});

Deno.test("Hub closes the socket of a peer that leaves or falls silent", () => {
  const { hub, clock } = newHub();
  const ann = join(hub, "ann");
  const ben = join(hub, "ben");
  assert.deepEqual(ben.ask({ type: "leave" }), []);
  assert.deepEqual(ben.closing, LEFT);
  clock.advance(GONE_AFTER_MS);
  assert.deepEqual(ann.closing, SILENT);
});

Deno.test("Hub keeps a peer that only polls, as long as it does", () => {
  const { hub, clock } = newHub();
  const caller = { session: "s", user: "ann", peer: idOf("ann") };
  hub.askOverHttp(caller, register("ann"));
  for (let time = 0; time < 4; time++) {
    clock.advance(GONE_AFTER_MS / 2);
    hub.poll(caller);
  }
  clock.advance(GONE_AFTER_MS);
  assert.throws(() => hub.poll(caller), { code: "not-registered" });
});

Deno.test("Hub.poll() gives a peer's news to its own session only", () => {
  const { hub } = newHub();
  join(hub, "ann");
  const thief = { session: "other", user: "thief", peer: idOf("ann") };
  assert.throws(() => hub.poll(thief), { code: "not-registered" });
});

Deno.test("Hub closes a socket that never registers", () => {
  const { hub, clock } = newHub();
  const line = new FakeLine(hub, "s");
  clock.advance(REGISTER_WITHIN_MS - 1);
  line.ask({ type: "list-channels" });
  assert.equal(line.closing, undefined);
  clock.advance(1_000);
  assert.deepEqual(line.closing, SILENT);
});

Deno.test("Hub tells an ended session's sockets, closes them and lets its peers go", () => {
  const { hub, clock, ended } = newHub();
  const ann = join(hub, "ann");
  const ben = join(hub, "ben");
  const waiting = new FakeLine(hub, "session-of-ben", "ben");
  ann.take();
  ended.add("session-of-ben");
  clock.advance(SESSION_CHECK_MS);
  for (const line of [ben, waiting]) {
    const news = line.take().at(-1);
    assert.ok(news?.type === "error" && news.code === "session-expired");
    assert.deepEqual(line.closing, SESSION_ENDED);
  }
  assert.deepEqual(ann.take(), [left("ben")]);
  assert.equal(ann.closing, undefined);
});

Deno.test("Hub survives a session store that fails, and says so", () => {
  const { hub, clock, ended, faults } = newHub();
  const ann = join(hub, "ann");
  ended.has = () => {
    throw new Error("The database is locked");
  };
  clock.advance(SESSION_CHECK_MS);
  assert.equal(ann.closing, undefined);
  assert.match(faults.join(), /database is locked/);
});

Deno.test("Hub limits the sockets that one session has open", () => {
  const { hub } = newHub();
  const lines = Array.from(
    { length: LINES_PER_SESSION_MAX },
    () => new FakeLine(hub, "s"),
  );
  assert.equal(hub.hasRoomFor("s"), false);
  assert.equal(hub.hasRoomFor("other"), true);
  for (const line of lines) hub.lineClosed(line);
  assert.equal(hub.hasRoomFor("s"), true);
  assert.match(hub.metricsText(), /^weaprous_tracker_sockets 0$/m);
});

Deno.test("Hub.admit() counts each peer for itself", () => {
  const { hub, clock } = newHub();
  join(hub, "ann");
  const ann = { session: "session-of-ann", user: "ann", peer: idOf("ann") };
  for (let at = 0; at < REQUEST_RATE.burst; at++) hub.admit(ann);
  assert.throws(() => hub.admit(ann), { code: "too-many-requests" });
  hub.admit({ session: "session-of-ann", user: "ann" });
  clock.advance(1_000);
  hub.admit(ann);
});

Deno.test("Hub.admit() counts a session's made-up peers together", () => {
  const { hub } = newHub();
  const ask = (at: number) =>
    hub.admit({ session: "s", user: "u", peer: idOf(`p${at}`) });
  for (let at = 0; at < REQUEST_RATE.burst; at++) ask(at);
  assert.throws(() => ask(REQUEST_RATE.burst), { code: "too-many-requests" });
});

Deno.test("Hub counts what it does for Prometheus", () => {
  const { hub } = newHub();
  const ann = join(hub, "ann");
  ann.ask({ type: "join-channel", channel: "x" });
  assert.match(hub.metricsText(), /^weaprous_tracker_peers 1$/m);
  assert.match(hub.metricsText(), /^weaprous_tracker_channels 1$/m);
  assert.match(
    hub.metricsText(),
    /^weaprous_tracker_errors_total\{code="unknown-channel"\} 1$/m,
  );
});
