/**
 * A policy that goes by past answers, seen at the backends.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- requests come one after the other
import assert from "node:assert/strict";
import { GET, withProxy } from "./rig.ts";
import { said, withBackends } from "./serving_backend.ts";

for (const policy of ["srtf", "least_time", "shortest-time"]) {
  Deno.test(`${policy} leaves a slow backend, and finds out when it has recovered`, async () => {
    const answers = [() => said("first"), () => said("second")];
    await withBackends(answers, async (first, second) => {
      const conf = `host "*" {
        proxy_pass http://127.0.0.1:${first!.port};
        proxy_pass http://127.0.0.1:${second!.port};
        dist_policy ${policy}
      }`;
      await withProxy({ conf }, async ({ clock, connect }) => {
        const client = await connect();
        const takes = (name: string, ms: number) => () => {
          clock.advance(ms);
          return said(name);
        };
        first!.answer = takes("first", 800);
        second!.answer = takes("second", 10);
        /** How many of `count` requests, two seconds apart, the first got. */
        const share = async (count: number) => {
          const before = first!.asked.length;
          for (let at = 0; at < count; at++) {
            await client.send(GET);
            await client.message();
            clock.advance(2000);
          }
          return first!.asked.length - before;
        };
        const slow = await share(100);
        assert.ok(slow >= 1 && slow <= 15, `slow: ${slow}`);
        first!.answer = takes("first", 10);
        await share(40);
        const recovered = await share(100);
        assert.ok(recovered >= 30, `recovered: ${recovered}`);
      });
    });
  });
}
