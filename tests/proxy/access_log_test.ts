import assert from "node:assert/strict";
import fc from "fast-check";
import { ManualClock } from "../../lib/clock.ts";
import { combinedLine, jsonLine } from "../../lib/proxy/access_line.ts";
import { AccessLog } from "../../lib/proxy/access_log.ts";
import { RequestRecord } from "../../lib/proxy/observer.ts";
import { settled } from "./rig.ts";

const QUIET = { referer: "", userAgent: "" };
const COMBINED = { file: "x", format: "combined" } as const;

function recordOf(fields: Partial<RequestRecord> = {}): RequestRecord {
  const record = new RequestRecord({ peer: "192.0.2.7", scheme: "https" });
  return Object.assign(record, {
    method: "GET",
    target: "/a?b=c",
    host: "chat.lan",
    status: 200,
    bytesSent: 1234,
    startedMs: Date.parse("2026-11-02T03:04:05.250Z"),
    answeredMs: Date.parse("2026-11-02T03:04:05.300Z"),
    endedMs: Date.parse("2026-11-02T03:04:06.000Z"),
    backend: "127.0.0.1:9000",
    tries: 1,
    complete: true,
    ...fields,
  });
}

Deno.test("combinedLine() is what log readers know", () => {
  assert.equal(
    combinedLine(recordOf(), {
      referer: "https://chat.lan/",
      userAgent: "Some Agent/1.0",
    }),
    '192.0.2.7 - - [02/Nov/2026:03:04:06 +0000] "GET /a HTTP/1.1" 200 1234 "https://chat.lan/" "Some Agent/1.0"\n',
  );
  assert.equal(
    combinedLine(recordOf({ method: "", status: 400, bytesSent: 0 }), QUIET),
    '192.0.2.7 - - [02/Nov/2026:03:04:06 +0000] "-" 400 0 "-" "-"\n',
  );
});

Deno.test("jsonLine() tells how long it took, and who answered", () => {
  const line = jsonLine(recordOf(), QUIET);
  const told = JSON.parse(line);
  assert.equal(told.durationMs, 750);
  assert.equal(told.answerMs, 50);
  assert.equal(told.backend, "127.0.0.1:9000");
  assert.equal(told.time, "2026-11-02T03:04:06.000Z");
  assert.equal(told.scheme, "https");
  const unanswered = JSON.parse(jsonLine(recordOf({ answeredMs: 0 }), QUIET));
  assert.equal(unanswered.answerMs, null);
});

Deno.test("no line tells a query: it may be the secret of an invitation", () => {
  const heard = {
    referer: "https://chat.lan/join.html?invite=SECRET",
    userAgent: "",
  };
  const targets = [
    "/join.html?invite=SECRET",
    "/join.html?a?invite=SECRET",
    "/join.html#?invite=SECRET",
    "https://chat.lan/join.html?invite=SECRET",
    `/${"a".repeat(1_020)}?invite=SECRET`,
    "?invite=SECRET",
  ];
  for (const target of targets) {
    const record = recordOf({ target });
    for (const line of [combinedLine(record, heard), jsonLine(record, heard)]) {
      assert.doesNotMatch(line, /SECRET|invite/);
      assert.match(line, /"https:\/\/chat\.lan\/join\.html"/);
    }
  }
  const { target } = JSON.parse(jsonLine(recordOf(), QUIET));
  assert.equal(target, "/a");
});

Deno.test("a request by HTTP/2 is told as one", () => {
  const record = new RequestRecord({
    peer: "192.0.2.7",
    scheme: "https",
    http2: true,
  });
  Object.assign(record, { method: "GET", target: "/", endedMs: 0 });
  assert.match(combinedLine(record, QUIET), /"GET \/ HTTP\/2\.0"/);
});

Deno.test("whatever a client sends, a line stays one line of bounded length", () => {
  const bytes = fc.string({ unit: "binary", maxLength: 20_000 }).map((text) =>
    text.replace(/[^\0-\xff]/g, "\xff")
  );
  fc.assert(fc.property(bytes, bytes, bytes, (target, referer, userAgent) => {
    const record = recordOf({ target });
    const combined = combinedLine(record, { referer, userAgent });
    assert.match(combined, /^[\x20-\x7e]+\n$/);
    assert.match(
      combined,
      /^\S+ - - \[[^\]]+\] "[^"]*" 200 1234 "[^"]*" "[^"]*"\n$/,
    );
    assert.ok(combined.length < 20_000);
    const json = jsonLine(record, { referer, userAgent });
    assert.equal(json.indexOf("\n"), json.length - 1);
    assert.ok(json.length < 25_000);
    JSON.parse(json);
  }));
});

/** A file that keeps what it is given, or fails as long as it is told to. */
class Kept {
  text = "";
  failing = false;
  closed = false;
  /** Resolves when a write may go on. */
  gate: Promise<void> = Promise.resolve();

  async write(bytes: Uint8Array): Promise<number> {
    await this.gate;
    if (this.failing) throw new Error("No space left");
    // As a system may, it takes only a part at a time.
    const part = bytes.subarray(0, 1_000);
    this.text += new TextDecoder().decode(part);
    return part.length;
  }

  close(): void {
    this.closed = true;
  }
}

function newLog(): { log: AccessLog; clock: ManualClock; told: string[] } {
  const clock = new ManualClock();
  const told: string[] = [];
  return { log: new AccessLog(clock, (line) => told.push(line)), clock, told };
}

Deno.test("lines are written together, a moment after the first", async () => {
  const { log, clock } = newLog();
  const file = new Kept();
  log.use(file, COMBINED);
  for (let added = 0; added < 30; added++) log.add(recordOf(), QUIET);
  await settled();
  assert.equal(file.text, "");
  clock.advance(500);
  await settled();
  assert.equal(file.text.split("\n").length, 31);
});

Deno.test("another file gets the lines from then on, and the old one is closed", async () => {
  const { log } = newLog();
  const [before, after] = [new Kept(), new Kept()];
  log.use(before, COMBINED);
  log.add(recordOf({ target: "/old" }), QUIET);
  log.use(after, COMBINED);
  log.add(recordOf({ target: "/new" }), QUIET);
  await log.close();
  await settled();
  assert.match(before.text, /\/old/);
  assert.ok(before.closed && after.closed);
  assert.match(after.text, /\/new/);
  assert.doesNotMatch(after.text, /\/old/);
});

Deno.test("a disk that fails costs lines, is told of once, and is tried again", async () => {
  const { log, told } = newLog();
  const file = new Kept();
  file.failing = true;
  log.use(file, COMBINED);
  for (let round = 0; round < 3; round++) {
    log.add(recordOf(), QUIET);
    // deno-lint-ignore no-await-in-loop -- each failure in its turn
    await log.flush();
  }
  file.failing = false;
  log.add(recordOf({ target: "/works" }), QUIET);
  await log.close();
  assert.match(file.text, /\/works/);
  assert.deepEqual(told, [
    "cannot write the access log: Error: No space left",
    "the access log has lost 3 lines",
  ]);
});

Deno.test("a disk that hangs holds up to a bound of lines, and no request", async () => {
  const { log, told } = newLog();
  const file = new Kept();
  const opened = Promise.withResolvers<void>();
  file.gate = opened.promise;
  log.use(file, COMBINED);
  const target = `/${"x".repeat(900)}`;
  for (let added = 0; added < 10_000; added++) {
    log.add(recordOf({ target }), QUIET);
  }
  opened.resolve();
  await log.close();
  assert.ok(file.text.length > 4_000_000 && file.text.length < 4_500_000);
  const lost = Number(/has lost (\d+) lines/.exec(told.join())?.[1]);
  assert.equal(lost + file.text.split("\n").length - 1, 10_000);
});
