/**
 * What every store of sessions must do, run on each of them.
 * @module
 */
import assert from "node:assert/strict";
import { openDatabase } from "../../lib/auth/database.ts";
import {
  BEGUN_AHEAD_MS_MAX,
  KEPT_SESSION_LIFE,
  MemorySessions,
  SESSION_LIFE,
  sessionIdOf,
  type Sessions,
  SESSIONS_PER_USER_MAX,
} from "../../lib/auth/sessions.ts";
import { SqliteSessions } from "../../lib/auth/sqlite_sessions.ts";
import { ManualClock } from "../../lib/clock.ts";

const MAI = { user: "mai", address: "192.168.1.5", browser: "Firefox" };
const AN = { ...MAI, user: "an" };
const HOUR_MS = 3_600_000;

function asking(token: string): Request {
  const headers = { cookie: `auth=true; session=${token}` };
  return new Request("http://localhost/me", { headers });
}

function conformance(
  store: string,
  withSessions: (
    use: (sessions: Sessions, clock: ManualClock) => Promise<void>,
  ) => Promise<void>,
): void {
  Deno.test(`${store}.authenticate() knows the cookie that begin() gave`, () =>
    withSessions(async (sessions) => {
      const token = await sessions.begin(MAI);
      const expected = { id: sessionIdOf(token), user: "mai" };
      assert.deepEqual(await sessions.authenticate(asking(token)), expected);
    }));

  Deno.test(`${store} does not take a session's public id for its cookie`, () =>
    withSessions(async (sessions) => {
      const id = sessionIdOf(await sessions.begin(MAI));
      assert.equal(await sessions.isLive(id), true);
      assert.equal(await sessions.authenticate(asking(id)), undefined);
    }));

  Deno.test(`${store}.end() ends one session and leaves the user's others`, () =>
    withSessions(async (sessions) => {
      const [first, second] = [
        await sessions.begin(MAI),
        await sessions.begin(MAI),
      ];
      assert.notEqual(first, second);
      await sessions.end(sessionIdOf(first));
      assert.equal(await sessions.authenticate(asking(first)), undefined);
      assert.equal(await sessions.isLive(sessionIdOf(first)), false);
      assert.equal((await sessions.authenticate(asking(second)))?.user, "mai");
    }));

  Deno.test(`${store} counts idle time from a use after the clock was set back`, () =>
    withSessions(async (sessions, clock) => {
      const token = await sessions.begin(MAI);
      clock.advance(-HOUR_MS);
      assert.equal((await sessions.authenticate(asking(token)))?.user, "mai");
      clock.advance(SESSION_LIFE.idleMs);
      assert.equal(await sessions.authenticate(asking(token)), undefined);
    }));

  Deno.test(`${store}.endAllOf() ends one user's sessions only`, () =>
    withSessions(async (sessions) => {
      const tokens = [await sessions.begin(MAI), await sessions.begin(MAI)];
      const other = await sessions.begin(AN);
      await sessions.endAllOf("mai");
      const live = await Promise.all(
        tokens.map((token) => sessions.isLive(sessionIdOf(token))),
      );
      assert.deepEqual(live, [false, false]);
      assert.equal(await sessions.isLive(sessionIdOf(other)), true);
    }));

  Deno.test(`${store}.listOf() tells of one user's live sessions, the last used first`, () =>
    withSessions(async (sessions, clock) => {
      const began = clock.now();
      const phone = { ...MAI, address: "10.0.0.7", browser: "Safari" };
      const [first, second, other] = [
        sessionIdOf(await sessions.begin(MAI)),
        sessionIdOf(await sessions.begin({ ...phone, keep: true })),
        sessionIdOf(await sessions.begin(AN)),
      ];
      clock.advance(HOUR_MS);
      await sessions.isLive(first);
      const { idleMs, totalMs } = SESSION_LIFE;
      const life = { createdAt: began, idleMs, endsAt: began + totalMs };
      const { idleMs: keptIdleMs, totalMs: keptMs } = KEPT_SESSION_LIFE;
      const kept = { idleMs: keptIdleMs, endsAt: began + keptMs };
      assert.deepEqual(await sessions.listOf("mai"), [
        { ...MAI, ...life, id: first, seenAt: began + HOUR_MS },
        { ...phone, ...life, ...kept, id: second, seenAt: began },
      ]);
      clock.advance(totalMs - HOUR_MS);
      const ids = (await sessions.listOf("mai")).map(({ id }) => id);
      assert.deepEqual(ids, [second]);
      assert.deepEqual(await sessions.listOf("an"), [], other);
      assert.deepEqual(await sessions.listOf("nobody"), []);
    }));

  Deno.test(`${store}.endOneOf() ends a session of that user and of nobody else`, () =>
    withSessions(async (sessions, clock) => {
      const [mine, other] = [
        sessionIdOf(await sessions.begin(MAI)),
        sessionIdOf(await sessions.begin(AN)),
      ];
      assert.equal(await sessions.endOneOf("mai", other), false);
      assert.equal(await sessions.isLive(other), true);
      assert.equal(await sessions.endOneOf("mai", mine), true);
      assert.equal(await sessions.isLive(mine), false);
      assert.equal(await sessions.endOneOf("mai", mine), false);
      clock.advance(SESSION_LIFE.idleMs);
      assert.equal(await sessions.endOneOf("an", other), false);
    }));

  Deno.test(`${store}.endOthersOf() keeps one of a user's sessions`, () =>
    withSessions(async (sessions) => {
      const [kept, second, third, other] = [
        sessionIdOf(await sessions.begin(MAI)),
        sessionIdOf(await sessions.begin(MAI)),
        sessionIdOf(await sessions.begin(MAI)),
        sessionIdOf(await sessions.begin(AN)),
      ];
      assert.equal(await sessions.endOthersOf("mai", kept), 2);
      const live = await Promise.all(
        [kept, second, third, other].map((id) => sessions.isLive(id)),
      );
      assert.deepEqual(live, [true, false, false, true]);
    }));

  Deno.test(`${store}.renew() gives a session another cookie, and no longer a life`, () =>
    withSessions(async (sessions, clock) => {
      const old = await sessions.begin(MAI);
      const [before] = await sessions.listOf("mai");
      clock.advance(HOUR_MS);
      const token = await sessions.renew(sessionIdOf(old)) ?? "";
      assert.notEqual(token, old);
      assert.equal(await sessions.authenticate(asking(old)), undefined);
      const id = sessionIdOf(token);
      const session = { id, user: "mai" };
      assert.deepEqual(await sessions.authenticate(asking(token)), session);
      const after = await sessions.listOf("mai");
      assert.deepEqual(after, [{ ...before, id, seenAt: clock.now() }]);
    }));

  Deno.test(`${store}.renew() brings no ended session back`, () =>
    withSessions(async (sessions, clock) => {
      const [ended, expired] = [
        sessionIdOf(await sessions.begin(MAI)),
        sessionIdOf(await sessions.begin(MAI)),
      ];
      await sessions.end(ended);
      clock.advance(SESSION_LIFE.idleMs);
      assert.equal(await sessions.renew(ended), undefined);
      assert.equal(await sessions.renew(expired), undefined);
      assert.equal(await sessions.isLive(expired), false);
    }));

  Deno.test(`${store} lets an unused session expire after its idle time`, () =>
    withSessions(async (sessions, clock) => {
      const token = await sessions.begin(MAI);
      clock.advance(SESSION_LIFE.idleMs);
      assert.equal(await sessions.authenticate(asking(token)), undefined);
      assert.equal(await sessions.isLive(sessionIdOf(token)), false);
    }));

  Deno.test(`${store} keeps a used session, but not beyond its whole life`, () =>
    withSessions(async (sessions, clock) => {
      const id = sessionIdOf(await sessions.begin(MAI));
      const hours = SESSION_LIFE.totalMs / HOUR_MS;
      const seen = [];
      for (let hour = 0; hour < hours; hour++) {
        seen.push(sessions.isLive(id));
        clock.advance(HOUR_MS);
      }
      assert.ok((await Promise.all(seen)).every((isLive) => isLive));
      assert.equal(await sessions.isLive(id), false);
    }));

  Deno.test(`${store} keeps a session that was asked to be kept, used or not`, () =>
    withSessions(async (sessions, clock) => {
      const begin = () => sessions.begin({ ...MAI, keep: true });
      const used = sessionIdOf(await begin());
      const unused = sessionIdOf(await begin());
      clock.advance(KEPT_SESSION_LIFE.totalMs - 1);
      assert.equal(await sessions.isLive(used), true);
      clock.advance(1);
      assert.equal(await sessions.isLive(used), false);
      assert.equal(await sessions.isLive(unused), false);
      assert.equal(await sessions.sweep(), 2);
    }));

  Deno.test(`${store}.sweep() forgets the expired and counts them`, () =>
    withSessions(async (sessions, clock) => {
      await sessions.begin(MAI);
      await sessions.begin(AN);
      clock.advance(SESSION_LIFE.idleMs - 1);
      const live = await sessions.begin(AN);
      assert.equal(await sessions.sweep(), 0);
      clock.advance(1);
      assert.equal(await sessions.sweep(), 2);
      assert.equal(await sessions.isLive(sessionIdOf(live)), true);
    }));

  Deno.test(`${store}.sweep() ends what began while the clock was far ahead`, () =>
    withSessions(async (sessions, clock) => {
      const before = await sessions.begin({ ...MAI, keep: true });
      clock.advance(BEGUN_AHEAD_MS_MAX);
      const ahead = await sessions.begin({ ...MAI, keep: true });
      clock.advance(HOUR_MS);
      const farAhead = await sessions.begin({ ...MAI, keep: true });
      clock.advance(-HOUR_MS - BEGUN_AHEAD_MS_MAX);
      assert.equal(await sessions.sweep(), 1);
      const live = await Promise.all(
        [before, ahead, farAhead]
          .map((token) => sessions.isLive(sessionIdOf(token))),
      );
      assert.deepEqual(live, [true, true, false]);
    }));

  Deno.test(`${store}.begin() ends the oldest of too many sessions of one user`, () =>
    withSessions(async (sessions, clock) => {
      const other = await sessions.begin(AN);
      const oldest = await sessions.begin(MAI);
      clock.advance(1);
      const rest = Array.from({ length: SESSIONS_PER_USER_MAX });
      const tokens = await Promise.all(rest.map(() => sessions.begin(MAI)));
      const live = await Promise.all(
        [oldest, ...tokens, other].map((token) =>
          sessions.isLive(sessionIdOf(token))
        ),
      );
      assert.deepEqual(live, [false, ...rest.map(() => true), true]);
    }));
}

conformance("MemorySessions", (use) => {
  const clock = new ManualClock();
  return use(new MemorySessions(clock), clock);
});

conformance("SqliteSessions", async (use) => {
  const dir = await Deno.makeTempDir();
  const database = openDatabase(dir);
  // What syncing to the disk costs is not the point of a thousand logins here.
  database.exec("PRAGMA synchronous = OFF");
  const clock = new ManualClock();
  try {
    await use(new SqliteSessions(database, clock), clock);
  } finally {
    database.close();
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("SqliteSessions of two processes agree on who is logged in", async () => {
  const dir = await Deno.makeTempDir();
  const [ours, theirs] = [openDatabase(dir), openDatabase(dir)];
  const clock = new ManualClock();
  try {
    const backend = new SqliteSessions(ours, clock);
    const tracker = new SqliteSessions(theirs, clock);
    const token = backend.begin(MAI);
    const session = tracker.authenticate(asking(token));
    assert.equal(session?.user, "mai");
    backend.end(session.id);
    assert.equal(tracker.isLive(session.id), false);
  } finally {
    ours.close();
    theirs.close();
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("SqliteSessions writes no cookie value to the disk", async () => {
  const dir = await Deno.makeTempDir();
  const database = openDatabase(dir);
  try {
    const token = new SqliteSessions(database, new ManualClock()).begin(MAI);
    const files = Array.from(Deno.readDirSync(dir), ({ name }) => name);
    const texts = await Promise.all(
      files.map((name) => Deno.readFile(`${dir}/${name}`)),
    );
    const all = texts.map((bytes) => new TextDecoder("latin1").decode(bytes))
      .join("");
    assert.ok(all.includes(sessionIdOf(token)));
    assert.ok(!all.includes(token));
  } finally {
    database.close();
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("SqliteSessions still answers where a use can't be noted", async () => {
  const dir = await Deno.makeTempDir();
  const database = openDatabase(dir);
  const clock = new ManualClock();
  try {
    const sessions = new SqliteSessions(database, clock);
    const token = sessions.begin(MAI);
    database.exec("PRAGMA query_only = ON");
    clock.advance(HOUR_MS);
    assert.equal(sessions.authenticate(asking(token))?.user, "mai");
    assert.throws(() => sessions.begin(MAI), { code: "ERR_SQLITE_ERROR" });
  } finally {
    database.close();
    await Deno.remove(dir, { recursive: true });
  }
});
