/** The tracker as it is started, with the rights of its task. @module */
import assert from "node:assert/strict";
import { openDatabase } from "../../lib/auth/database.ts";
import { SqliteSessions } from "../../lib/auth/sqlite_sessions.ts";
import { systemClock } from "../../lib/clock.ts";
import { DEFAULTS, planServices } from "../../lib/supervisor/plan.ts";
import { freePorts } from "../tools/services.ts";
import { TestProcess } from "../tools/test_process.ts";
import { SocketPeer } from "./_doors.ts";
import { register } from "./_peers.ts";

/** The real process on a port of its own, and the data that it shares. */
class TestTrackerProcess implements AsyncDisposable {
  readonly process: TestProcess;
  /** With which it was started. */
  readonly args: string[];
  readonly url: string;
  readonly sessions: SqliteSessions;
  readonly #database: ReturnType<typeof openDatabase>;
  readonly #dataDir: string;

  private constructor(port: number) {
    this.#dataDir = Deno.makeTempDirSync({ prefix: "weaprous-" });
    this.#database = openDatabase(this.#dataDir);
    this.sessions = new SqliteSessions(this.#database, systemClock);
    const plans = planServices(Deno.readTextFileSync("deno.json"), {
      ...DEFAULTS,
      dataDir: this.#dataDir,
      trackerPort: port,
    });
    this.args = plans.find(({ name }) => name === "tracker")?.args ?? [];
    this.process = new TestProcess(this.args);
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<TestTrackerProcess> {
    const [port = 0] = freePorts(1);
    const tracker = new TestTrackerProcess(port);
    await tracker.process.line(/^tracker listening on http:/);
    return tracker;
  }

  /** The cookie's value of a new session. */
  login(user: string): string {
    return this.sessions.begin({ user, address: "127.0.0.1", browser: "" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    this.#database.close();
    await Deno.remove(this.#dataDir, { recursive: true });
  }
}

Deno.test("the tracker says where it listens and stops cleanly on Ctrl-C", async () => {
  await using tracker = await TestTrackerProcess.start();
  const ann = await SocketPeer.open(tracker.url, tracker.login("ann"));
  const welcome = await ann.ask(register("ann"));
  assert.ok(welcome.type === "welcome" && welcome.user === "ann");
  tracker.process.signal("SIGINT");
  const [{ code }, closed] = await Promise.all([
    tracker.process.ended(),
    ann.closed,
  ]);
  assert.equal(code, 0);
  assert.equal(closed.code, 1001);
  assert.deepEqual(tracker.process.lines, [
    `tracker listening on ${tracker.url}`,
  ]);
});

Deno.test("the tracker survives the frames that end other signaling servers", async () => {
  await using tracker = await TestTrackerProcess.start();
  const ben = await SocketPeer.open(tracker.url, tracker.login("ben"));
  for (const frame of ["hello", '{"offers":[null]}', "null", "[]", "\u0000"]) {
    ben.socket.send(frame);
    // deno-lint-ignore no-await-in-loop -- one answer for each frame
    assert.equal((await ben.next()).type, "error");
  }
  const health = await fetch(`${tracker.url}/tracker/healthz`);
  assert.deepEqual(await health.json(), { status: "ok" });
  await ben.close();
});

Deno.test("the tracker refuses a session that has ended elsewhere", async () => {
  await using tracker = await TestTrackerProcess.start();
  const cookie = `session=${tracker.login("ann")}`;
  const list = () =>
    fetch(`${tracker.url}/tracker/channels`, { headers: { cookie } });
  const before = await list();
  assert.equal((await before.json()).type, "channels-listed");
  tracker.sessions.endAllOf("ann");
  const after = await list();
  assert.equal((await after.json()).error.code, "unauthorized");
});

Deno.test("the tracker names the flag when its port is taken", async () => {
  await using tracker = await TestTrackerProcess.start();
  await using second = new TestProcess(tracker.args);
  const { code } = await second.ended();
  assert.equal(code, 1);
  assert.match(second.text, /Address already in use.*--server-port PORT/);
});
