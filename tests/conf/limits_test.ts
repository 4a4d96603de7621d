/**
 * The directives that say how much a client may ask.
 * @module
 */
import assert from "node:assert/strict";
import { ConfError } from "../../lib/conf/conf_error.ts";
import { parseConf } from "../../lib/conf/parse_conf.ts";

for (
  const [directive, client] of [
    ["", { connectionsMax: 4096, rate: undefined }],
    ["limit_conn 64;", { connectionsMax: 64, rate: undefined }],
    ["limit_conn 0", { connectionsMax: 0, rate: undefined }],
    ["limit_rate 20r/s burst=40;", {
      connectionsMax: 4096,
      rate: { perSecond: 20, burst: 40 },
    }],
    ["limit_rate 20r/s;", {
      connectionsMax: 4096,
      rate: { perSecond: 20, burst: 20 },
    }],
    ["limit_rate 30r/m;", {
      connectionsMax: 4096,
      rate: { perSecond: 0.5, burst: 1 },
    }],
    ["limit_rate off;", { connectionsMax: 4096, rate: undefined }],
    ["limit_rate 5r/s; limit_conn 8;", {
      connectionsMax: 8,
      rate: { perSecond: 5, burst: 5 },
    }],
  ] as const
) {
  Deno.test(`parseConf() reads the limits of "${directive}"`, () => {
    assert.deepEqual(parseConf(directive).server.client, client);
  });
}

for (
  const [directive, reason] of [
    ["limit_conn many;", /line 1 column 12: bad number "many", expected conn/],
    ["limit_conn zone 64;", /unexpected "64", expected ";"/],
    ["limit_rate 20;", /column 12: bad rate "20", expected one like 20r\/s/],
    ["limit_rate 0r/s;", /bad rate "0r\/s"/],
    ["limit_rate 1r/h;", /bad rate/],
    ["limit_rate 1r/s burst=0;", /column 17: unexpected "burst=0", expected b/],
    ["limit_rate 1r/s brust=4;", /unexpected "brust=4", expected burst=N/],
    ["limit_rate off burst=4;", /bad rate "off"/],
    ["limit_rate 1r/s; limit_rate 2r/s;", /already set/],
    ['host "a" { limit_rate 1r/s; }', /expected it outside of every block/],
  ] as const
) {
  Deno.test(`parseConf() refuses ${directive}`, () => {
    assert.throws(() => parseConf(directive), (error) => {
      assert.ok(error instanceof ConfError);
      assert.match(error.message, reason);
      return true;
    });
  });
}

Deno.test("parseConf() reads how large a head may be", () => {
  const text = "client_max_header_size 32k; client_max_headers 200;";
  const { head } = parseConf(text).server;
  assert.deepEqual(head, { bytesMax: 32_768, fieldsMax: 200 });
  for (
    const bad of [
      "client_max_header_size 61k;",
      "client_max_header_size 0;",
      "client_max_header_size x;",
      "client_max_headers 0;",
      "client_max_headers 1001;",
    ]
  ) assert.throws(() => parseConf(bad), ConfError, bad);
});
