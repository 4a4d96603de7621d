/**
 * How headers are set and added, and that no line can be smuggled into one.
 * @module
 */
import assert from "node:assert/strict";
import { ConfError } from "../../lib/conf/conf_error.ts";
import { parseConf } from "../../lib/conf/parse_conf.ts";

function added(directives: string) {
  const { hosts } = parseConf(`host "a" {\n${directives}\n}`);
  return hosts[0]?.locations[0]?.answerHeaders;
}

Deno.test("parseConf() reads add_header, with and without always", () => {
  assert.deepEqual(
    added("add_header X-A one two;\nadd_header X-B $host always;"),
    [
      {
        name: "X-A",
        parts: [{ text: "one" }, { text: " " }, { text: "two" }],
        always: false,
      },
      { name: "X-B", parts: [{ variable: "host" }], always: true },
    ],
  );
  assert.deepEqual(added("add_header X-C always;"), [
    { name: "X-C", parts: [{ text: "always" }], always: false },
  ]);
});

Deno.test("parseConf() reads a variable for any header of the client", () => {
  const [header] = added("add_header X-A $http_Accept_Language;") ?? [];
  assert.deepEqual(header?.parts, [{ variable: "http_accept_language" }]);
});

for (
  const [directive, reason] of [
    ["add_header X-A;", /lacks a value, expected add_header NAME VALUE/],
    ["add_header Content-Length 5;", /the proxy's own to set/],
    ["add_header Transfer-Encoding chunked;", /the proxy's own to set/],
    ["add_header Bad: x;", /bad header name "Bad:"/],
    ['add_header "X A" x;', /bad header name "X A"/],
    ['add_header X "a\u0000b";', /control character/],
    ['add_header X "a\u007fb";', /control character/],
    ['add_header X "a\u0085b";', /control character/],
    ['add_header X "a\nY: b";', /unclosed quote/],
    ['proxy_set_header X "a\rY: b";', /unclosed quote/],
    ["add_header X $nonsense;", /unknown variable "\$nonsense".*\$http_NAME/],
  ] as const
) {
  Deno.test(`parseConf() refuses ${JSON.stringify(directive)}`, () => {
    assert.throws(() => added(directive), (error) => {
      assert.ok(error instanceof ConfError);
      assert.match(error.message, reason);
      return true;
    });
  });
}
