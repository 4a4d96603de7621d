import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { ManualClock } from "../../lib/clock.ts";
import { DRAIN_MS, serveHttp } from "../../lib/service/http_server.ts";

Deno.test("serveHttp() stops in time although an answer never ends", async () => {
  const clock = new ManualClock();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const listening = { ip: "127.0.0.1", port: 0, flag: "server-port" };
  const server = serveHttp(listening, () => {
    asked.resolve();
    return answer.promise;
  });
  const client = connect(Number(new URL(server.url).port), "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await asked.promise;
  const stopped = server.stop(clock);
  clock.advance(DRAIN_MS);
  assert.equal(await stopped, undefined);
  answer.resolve(new Response());
  client.resume();
  await once(client, "close");
});
