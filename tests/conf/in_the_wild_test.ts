/**
 * Confs as people write them by hand: what can be meant is read, and what cannot
 * is refused with its place.
 * @module
 */
import assert from "node:assert/strict";
import { ConfError } from "../../lib/conf/conf_error.ts";
import { DIRECTIVES } from "../../lib/conf/directives.ts";
import { parseConf } from "../../lib/conf/parse_conf.ts";

/** Host, policy and targets with their weights, one line for each host. */
function shapeOf(text: string): string[] {
  return parseConf(text).hosts.map(({ pattern, locations }) => {
    const [{ policy, targets } = { policy: "", targets: [] }] = locations;
    const shown = targets.map(({ hostname, port, weight }) =>
      `${hostname}:${port}*${weight}`
    );
    return [pattern, policy, ...shown].join(" ");
  });
}

Deno.test("a conf as a course hands it out is read", () => {
  const text = `
# The host of the proxy itself
host "192.168.1.7:8080" {
    proxy_pass http://192.168.1.7:9000;
}

host "shop.local" {
    proxy_pass http://192.168.1.7:9001;
}

host "talk.local" {
    proxy_set_header Host $host;
    proxy_pass http://192.168.1.7:9002;
    proxy_pass http://192.168.1.7:9002;
    dist_policy round-robin
}`;
  assert.deepEqual(shapeOf(text), [
    "192.168.1.7:8080 round-robin 192.168.1.7:9000*1",
    "shop.local round-robin 192.168.1.7:9001*1",
    "talk.local round-robin 192.168.1.7:9002*2",
  ]);
});

for (
  const [title, text, shape] of [
    [
      "several targets and no policy",
      'host "a" {\nproxy_pass http://b:1;\nproxy_pass http://c:2;\n}',
      "a round-robin b:1*1 c:2*1",
    ],
    [
      "a policy for one target",
      'host "a" {\nproxy_pass http://b:1;\ndist_policy least_conn\n}',
      "a least-conn b:1*1",
    ],
    [
      "a policy with and one without a semicolon",
      'host "a" { proxy_pass http://b:1; dist_policy ip_hash; }',
      "a ip-hash b:1*1",
    ],
    [
      "a header behind the target",
      'host "a" {\nproxy_pass http://b:1;\nproxy_set_header Host $host;\nproxy_set_header X-Real-IP $remote_addr;\nproxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n}',
      "a round-robin b:1*1",
    ],
    [
      "an indented block, tabs on empty lines, no end of the last line",
      '\t host "a"{\n\t\t\n\t \t\n\t\tproxy_pass http://b:1;\n\t \n\t }',
      "a round-robin b:1*1",
    ],
    [
      "CRLF with comments in Vietnamese behind a policy",
      'host "a" {\r\n\tproxy_pass http://b:1; # máy chủ số 1\r\n\tdist_policy srtf # ngắn nhất trước\r\n}\r\n',
      "a least-time b:1*1",
    ],
    [
      "a policy that is commented out",
      'host "a" {\n  proxy_pass http://b:1;\n  # dist_policy random\n  #dist_policy ip-hash;\n}',
      "a round-robin b:1*1",
    ],
    [
      "a target three times beside another",
      'host "a" {\nproxy_pass http://b:1;\nproxy_pass http://c:1;\nproxy_pass http://b:1;\nproxy_pass http://b:1;\n}',
      "a round-robin b:1*3 c:1*1",
    ],
    [
      "a quoted target and a trailing slash",
      'host "a" { proxy_pass "http://b:1/"; }',
      "a round-robin b:1*1",
    ],
  ] as const
) {
  Deno.test(`in the wild: ${title}`, () => {
    assert.deepEqual(shapeOf(text), [shape]);
  });
}

Deno.test("in the wild: blocks that are commented out stay out", () => {
  const text = `host "a" { proxy_pass http://b:1; }
# host "c" {
#     proxy_pass http://d:1;
# }
#host "a" { proxy_pass http://evil:1; }
`;
  assert.deepEqual(shapeOf(text), ["a round-robin b:1*1"]);
});

Deno.test("in the wild: the same host twice is one block, however it is laid out", () => {
  const text = `host "a" {
    proxy_pass http://b:1;
    dist_policy round-robin
}
host "A" { dist_policy round_robin; proxy_pass http://b:1 }`;
  assert.deepEqual(shapeOf(text), ["a round-robin b:1*1"]);
});

for (
  const [title, text, line, reason] of [
    [
      "the same host with other content names both lines",
      'host "a" {\nproxy_pass http://b:1;\n}\nhost "a" {\nproxy_pass http://c:1;\n}',
      4,
      /host "a" is already in line 1 with other content/,
    ],
    [
      "a placeholder for a script to fill in",
      'host "${HOST}" {\n}',
      1,
      /"\$\{HOST\}" is a placeholder, expected the address itself/,
    ],
    [
      "merge markers in the middle of a block",
      'host "a" {\n<<<<<<< HEAD\nproxy_pass http://b:1;\n=======\nproxy_pass http://c:1;\n>>>>>>> main\n}',
      2,
      /leftover merge marker/,
    ],
    [
      "a target with two records",
      'host "a" {\nproxy_pass http://b:1;\nproxy_pass http://b:1 max_fails=3;\n}',
      3,
      /"b:1" stands here twice with different options/,
    ],
    [
      "a target without its scheme",
      'host "a" {\n proxy_pass b:1;\n}',
      2,
      /bad URL "b:1", expected one like http:/,
    ],
    [
      "a block that is never closed, named where it opens",
      'host "a" {\nproxy_pass http://b:1;\nhost "c" {\n}',
      3,
      /"host" cannot stand in a host/,
    ],
  ] as const
) {
  Deno.test(`in the wild: ${title}`, () => {
    assert.throws(() => parseConf(text), (error) => {
      assert.ok(error instanceof ConfError);
      assert.match(error.message, reason);
      assert.equal(error.line, line);
      return true;
    });
  });
}

Deno.test("every directive that the shipped conf shows by example can be used", async () => {
  const url = new URL("../../config/proxy.conf", import.meta.url);
  const text = await Deno.readTextFile(url);
  const examples = text.split("\n")
    .map((line) => /^# ([a-z_]+ [^[\]]*;)$/.exec(line)?.[1] ?? "")
    .filter((it) => Object.hasOwn(DIRECTIVES, it.split(" ")[0]!))
    .filter((it) => !/ (NAME|N|TIME|COUNT|FILE|ADDRESS)\b/.test(it));
  assert.ok(examples.length > 20, String(examples.length));
  for (const example of examples) {
    const tries = [
      example,
      `tls_certificate a.pem; tls_certificate_key a.key; ${example}`,
      `host "a" { ${example} }`,
      `host "a" { location /x/ { ${example} } }`,
    ];
    const faults = tries.map((it) => {
      try {
        parseConf(it);
        return "";
      } catch (error) {
        return String(error);
      }
    });
    assert.ok(faults.includes(""), `${example}\n${faults.join("\n")}`);
  }
});
