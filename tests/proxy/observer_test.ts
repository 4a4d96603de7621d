/**
 * What an access log and metrics would be told of each request.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import assert from "node:assert/strict";
import type { RequestHead } from "../../lib/http1/request_head.ts";
import type { Observer, RequestRecord } from "../../lib/proxy/observer.ts";
import { GET, ok, passing, withProxy, withRequest } from "./rig.ts";

/** Keeps what it is told. */
class Notes implements Observer {
  open = 0;
  readonly started: string[] = [];
  readonly ended: RequestRecord[] = [];

  #told = () => {};

  connectionOpened(): void {
    this.open++;
  }
  connectionClosed(): void {
    this.open--;
    this.#told();
  }
  requestStarted(record: RequestRecord, head: RequestHead): void {
    this.started.push(`${record.method} ${head.fields.name(0)}`);
  }
  requestEnded(record: RequestRecord): void {
    this.ended.push({ ...record } as RequestRecord);
    this.#told();
  }

  /** Waits until `count` requests are over. */
  async over(count: number): Promise<void> {
    while (this.ended.length < count) await this.#next();
  }

  /** Waits until all connections are closed. */
  async closed(): Promise<void> {
    while (this.open > 0) await this.#next();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#told = resolve);
  }
}

Deno.test("an observer is told what was asked, of whom, and what came of it", async () => {
  const observer = new Notes();
  await withRequest({
    observer,
    request:
      "POST /a?b HTTP/1.1\r\nHost: A.test\r\nContent-Length: 3\r\n\r\nabc",
    until: "abc",
  }, async ({ client, upstream, backend, clock }) => {
    clock.advance(20);
    await upstream.send(ok("fine"));
    const message = await client.message();
    await observer.over(1);
    assert.deepEqual(observer.started, ["POST host"]);
    const [record] = observer.ended;
    assert.equal(record?.clientAddress, "127.0.0.1");
    assert.equal(record.target, "/a?b");
    assert.equal(record.host, "a.test");
    assert.equal(record.status, 200);
    assert.equal(record.backend, `127.0.0.1:${backend.port}`);
    assert.equal(record.bodyBytesReceived, 3);
    assert.equal(record.bytesSent, message.length);
    assert.equal(record.answeredMs - record.startedMs, 20);
    assert.equal(record.complete, true);
    assert.equal(observer.open, 1);
    client.close();
    await observer.closed();
  });
});

Deno.test("a client that leaves is noted as gone, not as a backend's failure", async () => {
  const observer = new Notes();
  await withRequest({ observer }, async ({ client, upstream }) => {
    client.close();
    await upstream.rest();
    await observer.over(1);
    assert.equal(observer.ended[0]?.status, 499);
    assert.equal(observer.ended[0]?.complete, false);
  });
});

Deno.test("an answer cut short is noted as not complete", async () => {
  const observer = new Notes();
  await withRequest({ observer }, async ({ client, upstream }) => {
    await upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    upstream.close();
    await client.rest();
    await observer.over(1);
    assert.equal(observer.ended[0]?.status, 200);
    assert.equal(observer.ended[0]?.complete, false);
  });
});

Deno.test("refusals are noted: nonsense, a strange host, a dead backend, a slow head", async () => {
  const observer = new Notes();
  const conf = 'host "a" { proxy_pass http://127.0.0.1:{first}; }';
  await withProxy({ observer, conf }, async ({ connect, backend, clock }) => {
    backend.close();
    for (
      const request of [
        "nonsense\r\n\r\n",
        GET,
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      ]
    ) {
      const client = await connect();
      await client.send(request);
      await client.message();
      client.close();
    }
    const slow = await connect();
    await slow.send("GET / HT");
    await passing(clock, slow.rest());
    await observer.over(4);
    const told = observer.ended.map(({ method, status }) => [method, status]);
    assert.deepEqual(told, [["", 400], ["GET", 404], ["GET", 502], ["", 408]]);
    assert.equal(observer.started.length, 2);
  });
});

Deno.test("requests on one connection are noted one by one, a tunnel at its end", async () => {
  const observer = new Notes();
  await withRequest({ observer }, async ({ client, upstream }) => {
    await upstream.send(ok("one"));
    await client.message();
    await client.send(
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    await upstream.until("\r\n\r\n");
    await upstream.send("HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n\r\nhello");
    await client.until("hello");
    assert.equal(observer.ended.length, 1);
    upstream.close();
    await client.rest();
    client.close();
    await observer.over(2);
    const [first, second] = observer.ended;
    assert.deepEqual([first?.status, first?.target], [200, "/"]);
    assert.deepEqual([second?.status, second?.target], [101, "/ws"]);
    assert.equal(second?.tunnelled, true);
  });
});
