import assert from "node:assert/strict";
import { type Clock, ManualClock } from "../../lib/clock.ts";
import { linePrefix } from "../../lib/supervisor/lines.ts";
import { Supervisor } from "../../lib/supervisor/supervisor.ts";

const FAKE = `${import.meta.dirname}/../fixtures/fake_service.ts`;

/** Lines as they come, and a promise for the next that matches. */
class Lines {
  readonly seen: string[] = [];
  #waiting: { wanted: RegExp; found: (line: string) => void }[] = [];

  readonly write = (line: string) => {
    this.seen.push(line);
    this.#waiting = this.#waiting.filter(({ wanted, found }) => {
      if (!wanted.test(line)) return true;
      found(line);
      return false;
    });
  };

  next(wanted: RegExp): Promise<string> {
    return new Promise((found) => this.#waiting.push({ wanted, found }));
  }
}

/** A supervisor of fakes, one for each behaviour, and what they write. */
function supervise(clock: Clock, behaviours: string[]) {
  const lines = new Lines();
  const programs = behaviours.map((behaviour) => ({
    name: behaviour,
    args: ["run", "--no-config", "--allow-net=127.0.0.1", FAKE, behaviour],
  }));
  const supervisor = new Supervisor({
    stopMs: 5_000,
    executable: Deno.execPath(),
    workDir: ".",
    programs,
    clock,
    prefix: linePrefix(behaviours, false),
    write: lines.write,
  });
  return { supervisor, lines };
}

/** Runs everything that is put off at once. */
const impatientClock: Clock = {
  now: () => 0,
  after(_delayMs, run) {
    const id = setTimeout(run, 0);
    return () => clearTimeout(id);
  },
};

const pidIn = (line: string) => Number(line.match(/listening (\d+)/)?.[1]);

Deno.test("Supervisor puts its program's name before each line", async () => {
  const { supervisor, lines } = supervise(new ManualClock(), ["steady"]);
  const line = lines.next(/listening/);
  supervisor.start();
  assert.match(await line, /^steady \| listening \d+ \d+$/);
  await supervisor.stop();
});

Deno.test("Supervisor starts a killed program again after the wait", async () => {
  const clock = new ManualClock();
  const { supervisor, lines } = supervise(clock, ["steady"]);
  const first = lines.next(/listening/);
  supervisor.start();
  const pid = pidIn(await first);
  const told = lines.next(/start/);
  Deno.kill(pid, "SIGKILL");
  assert.match(await told, /steady ended by SIGKILL; starting it again in 250/);
  const second = lines.next(/listening/);
  clock.advance(250);
  assert.notEqual(pidIn(await second), pid);
  await supervisor.stop();
});

Deno.test("Supervisor.stop() starts nothing again", async () => {
  const clock = new ManualClock();
  const { supervisor, lines } = supervise(clock, ["steady"]);
  const first = lines.next(/listening/);
  supervisor.start();
  const told = lines.next(/starting it again/);
  Deno.kill(pidIn(await first), "SIGKILL");
  await told;
  await supervisor.stop();
  clock.advance(60_000);
  assert.equal(lines.seen.filter((line) => /listening/.test(line)).length, 1);
});

Deno.test("Supervisor.stop() ends a stubborn program by force", async () => {
  const clock = new ManualClock();
  const { supervisor, lines } = supervise(clock, ["stubborn"]);
  const first = lines.next(/listening/);
  supervisor.start();
  const pid = pidIn(await first);
  const ignored = lines.next(/ignored SIGTERM/);
  const stopped = supervisor.stop();
  await ignored;
  clock.advance(5_000);
  await stopped;
  assert.throws(() => Deno.kill(pid, "SIGKILL"), Deno.errors.NotFound);
});

Deno.test("Supervisor gives up a program that cannot start, with its reason", async () => {
  const { supervisor } = supervise(impatientClock, ["steady", "fails"]);
  supervisor.start();
  await assert.rejects(supervisor.failure, {
    message:
      "The fails could not start (ended with exit code 1): Cannot find the cellar",
  });
  await supervisor.stop();
});

Deno.test("Supervisor gives up at the fifth death within a minute", async () => {
  const { supervisor, lines } = supervise(impatientClock, ["fails"]);
  supervisor.markReady();
  supervisor.start();
  await assert.rejects(supervisor.failure, /ended 5 times within a minute/);
  await supervisor.stop();
  const restarts = lines.seen.filter((line) => /starting it again/.test(line));
  assert.equal(restarts.length, 4);
});
