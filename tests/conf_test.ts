/**
 * The conf language: what people write is read, what is wrong is refused with
 * the place of it.
 * @module
 */
import assert from "node:assert/strict";
import {
  type Conf,
  type LocationConf,
  mapTargets,
  SERVER_DEFAULTS,
} from "../lib/conf/conf.ts";
import { ConfError } from "../lib/conf/conf_error.ts";
import { parseConf } from "../lib/conf/parse_conf.ts";

function locationsOf(text: string, host = 0): LocationConf[] {
  const found = parseConf(text).hosts[host];
  assert.ok(found, "no such host");
  return found.locations;
}

/** The first location of a host block that holds `directives`. */
function inHost(directives: string): LocationConf {
  return locationsOf(`host "a.test" {\n${directives}\n}\n`)[0]!;
}

function addresses({ targets }: LocationConf): string[] {
  return targets.map(({ hostname, port }) => `${hostname} ${port}`);
}

/** The error that reading `text` ends with. */
function errorOf(text: string): ConfError {
  try {
    parseConf(text, "test.conf");
  } catch (error) {
    if (error instanceof ConfError) return error;
    throw error;
  }
  throw new Error(`read without an error: ${text}`);
}

function assertRefused(
  text: string,
  [line, column]: [number, number],
  reason: RegExp,
): void {
  const error = errorOf(text);
  assert.match(error.message, reason);
  assert.deepEqual([error.line, error.column], [line, column], error.message);
}

const ONE_HOST = 'host "a.test" {\n    proxy_pass http://127.0.0.1:9000;\n}\n';

Deno.test("parseConf() reads hosts, locations, targets and a policy", () => {
  const conf = parseConf(`
    # the front door
    host "127.0.0.1:8081" {
      proxy_pass http://127.0.0.1:9000;
      location /tracker/ { proxy_pass http://127.0.0.1:8000; }
    }
    host "app2.test" {
      proxy_set_header Host $host;
      proxy_pass http://10.0.0.1:9002;
      proxy_pass http://10.0.0.2:9002 weight=3 max_fails=2 fail_timeout=5s backup;
      dist_policy least-conn
    }`);
  const [first, second] = conf.hosts;
  assert.equal(first?.pattern, "127.0.0.1:8081");
  assert.deepEqual(first?.locations.map(({ prefix }) => prefix), [
    "/",
    "/tracker/",
  ]);
  assert.deepEqual(addresses(first!.locations[1]!), ["127.0.0.1 8000"]);
  const [location] = second!.locations;
  assert.equal(location?.policy, "least-conn");
  assert.deepEqual(location?.headers, [
    { name: "Host", parts: [{ variable: "host" }] },
  ]);
  assert.deepEqual(location?.targets[1], {
    hostname: "10.0.0.2",
    port: 9002,
    weight: 3,
    maxFails: 2,
    failTimeoutMs: 5000,
    backup: true,
  });
});

const SAME_AS_ONE_HOST: Record<string, string> = {
  "CRLF line ends": ONE_HOST.replaceAll("\n", "\r\n"),
  "a byte order mark": `\uFEFF${ONE_HOST}`,
  "no newline at the end": ONE_HOST.trimEnd(),
  "tabs and many spaces":
    'host \t "a.test"   {\n\t\tproxy_pass\t  http://127.0.0.1:9000 ;\t\n\t}\n\t\n',
  "no blank before the bracket":
    'host "a.test"{\nproxy_pass http://127.0.0.1:9000;\n}',
  "the bracket in the next line":
    'host "a.test"\n\n{\nproxy_pass http://127.0.0.1:9000;\n}',
  "no semicolon": 'host "a.test" {\nproxy_pass http://127.0.0.1:9000\n}',
  "no semicolon before the bracket":
    'host "a.test" { proxy_pass http://127.0.0.1:9000 }',
  "all in one line": 'host "a.test"{proxy_pass http://127.0.0.1:9000;}',
  "semicolons too many":
    ';host "a.test" {;\nproxy_pass http://127.0.0.1:9000;;\n};',
  "comments everywhere":
    '# cổng\nhost "a.test" { # máy chủ {\n# proxy_pass http://x;\nproxy_pass http://127.0.0.1:9000; # chuyển tiếp\n} # hết',
  "whole blocks commented out":
    `# host "b.test" {\n#   proxy_pass http://127.0.0.1:1;\n\t\n#   dist_policy nonsense\n# }\n${ONE_HOST}`,
  "an unquoted name": ONE_HOST.replaceAll('"', ""),
  "a name in single quotes": ONE_HOST.replaceAll('"', "'"),
  "upper case and a trailing dot": ONE_HOST.replace("a.test", "A.Test."),
  "the same block twice": ONE_HOST + ONE_HOST,
};

for (const [title, text] of Object.entries(SAME_AS_ONE_HOST)) {
  Deno.test(`parseConf() takes ${title}`, () => {
    const shape = ({ hosts }: Conf) =>
      hosts.map(({ pattern, locations }) => ({ pattern, locations }));
    assert.deepEqual(shape(parseConf(text)), shape(parseConf(ONE_HOST)));
  });
}

for (
  const [spelling, policy] of [
    ["round-robin", "round-robin"],
    ["round_robin", "round-robin"],
    ["least-conn", "least-conn"],
    ["least_conn;", "least-conn"],
    ["ip-hash", "ip-hash"],
    ["ip_hash;", "ip-hash"],
    ["random;", "random"],
    ["srtf;  # Options: srtf", "least-time"],
    ["shortest-time", "least-time"],
    ["least_time", "least-time"],
    ["Round-Robin", "round-robin"],
  ] as const
) {
  Deno.test(`parseConf() reads the policy ${spelling}`, () => {
    assert.equal(inHost(`dist_policy ${spelling}`).policy, policy);
  });
}

Deno.test("parseConf() gives a target named twice twice the share", () => {
  const { targets } = inHost(
    "proxy_pass http://10.0.0.1:9002;\nproxy_pass http://10.0.0.1:9002;",
  );
  assert.deepEqual(targets.map(({ port, weight }) => [port, weight]), [
    [9002, 2],
  ]);
});

Deno.test("parseConf() reads path and default as location and host *", () => {
  const conf = parseConf(`
    path "/api" { proxy_pass http://127.0.0.1:3001; strip_prefix true; }
    default { proxy_pass http://127.0.0.1:3000; }`);
  assert.deepEqual(conf.hosts.map(({ pattern }) => pattern), ["*"]);
  const found = conf.hosts[0]!.locations.map((location) => [
    location.prefix,
    location.stripPrefix,
    addresses(location)[0],
  ]);
  assert.deepEqual(found, [
    ["/", false, "127.0.0.1 3000"],
    ["/api", true, "127.0.0.1 3001"],
  ]);
});

Deno.test("parseConf() joins a location behind default to it as well", () => {
  const [root, api] = locationsOf(
    "default { proxy_pass http://10.0.0.1; }\nlocation /api { strip_prefix on; }",
  );
  assert.deepEqual(addresses(root!), ["10.0.0.1 80"]);
  assert.deepEqual([api?.prefix, addresses(api!)[0]], ["/api", "10.0.0.1 80"]);
});

Deno.test("a location inherits what it does not set, whatever the order", () => {
  const [root, location] = locationsOf(`
    proxy_read_timeout 7s;
    host "a.test" {
      location /x/ { proxy_set_header B two; proxy_connect_timeout 250ms; }
      proxy_pass http://10.0.0.1:1;
      proxy_set_header A one;
      proxy_set_header b one;
      dist_policy random;
    }`);
  assert.equal(root?.connectTimeoutMs, 5000);
  assert.equal(location?.connectTimeoutMs, 250);
  assert.equal(location?.readTimeoutMs, 7000);
  assert.equal(location?.policy, "random");
  assert.deepEqual(addresses(location!), ["10.0.0.1 1"]);
  assert.deepEqual(location?.headers, [
    { name: "A", parts: [{ text: "one" }] },
    { name: "B", parts: [{ text: "two" }] },
  ]);
});

Deno.test("a header's value mixes text and variables", () => {
  const { headers } = inHost(
    'proxy_set_header X-Id "id $request_id;" ${scheme}://$host',
  );
  assert.deepEqual(headers[0]?.parts, [
    { text: "id " },
    { variable: "request_id" },
    { text: ";" },
    { text: " " },
    { variable: "scheme" },
    { text: "://" },
    { variable: "host" },
  ]);
});

Deno.test("parseConf() reads the timeouts and limits of the whole server", () => {
  const { server, hosts } = parseConf(`
    client_header_timeout 3;
    client_body_timeout 2s;
    keepalive_timeout 1m;
    send_timeout 1h;
    proxy_keepalive 8;
    proxy_keepalive_timeout 900ms;
    proxy_next_upstream_tries 2;
    proxy_next_upstream_timeout 4s;
    trusted_proxies 10.0.0.0/8 ::1;
    client_max_body_size 64K;
    proxy_tunnel_timeout 2h;
    default { }`);
  assert.deepEqual(server, {
    ...SERVER_DEFAULTS,
    headerTimeoutMs: 3000,
    bodyTimeoutMs: 2000,
    keepaliveTimeoutMs: 60_000,
    sendTimeoutMs: 3_600_000,
    upstreamIdleMax: 8,
    upstreamIdleTimeoutMs: 900,
    upstreamTriesMax: 2,
    upstreamTriesTimeoutMs: 4000,
    trustedProxies: ["10.0.0.0/8", "::1/128"],
  });
  assert.equal(hosts[0]?.locations[0]?.bodyBytesMax, 65_536);
  assert.equal(hosts[0]?.locations[0]?.tunnelTimeoutMs, 7_200_000);
});

for (
  const pattern of [
    "a.test",
    "a.test:8080",
    "*",
    "*.a.test",
    "*.a.test:81",
    "[::1]:80",
    "[::1]",
    "127.0.0.1",
    "my_app-2",
  ]
) {
  Deno.test(`parseConf() reads the host ${pattern}`, () => {
    assert.equal(parseConf(`host "${pattern}" {}`).hosts[0]?.pattern, pattern);
  });
}

Deno.test("parseConf() reads targets by name, IPv6, and without a port", () => {
  const location = inHost(
    "proxy_pass http://localhost:1;\nproxy_pass http://[::1]:2;\nproxy_pass http://b.test/;",
  );
  assert.deepEqual(addresses(location), ["localhost 1", "::1 2", "b.test 80"]);
});

Deno.test("an unknown directive is refused with its place and what was expected", () => {
  const text = ONE_HOST.replace("proxy_pass", "porxy_pass");
  const { message, file } = errorOf(text);
  assert.equal(file, "test.conf");
  const [first, line, caret] = message.split("\n");
  assert.match(
    first!,
    /^Cannot read test\.conf line 2 column 5: unknown directive "porxy_pass", expected one of host, .*proxy_pass/,
  );
  assert.equal(line, "    porxy_pass http://127.0.0.1:9000;");
  assert.equal(caret, "    ^");
});

Deno.test("ConfError keeps tabs before its caret", () => {
  const { message } = errorOf('host "a" {\n\tdist_policy\tx;\n}');
  assert.ok(message.endsWith("\n\tdist_policy\tx;\n\t           \t^"), message);
});

const REFUSED: [string, string, [number, number], RegExp][] = [
  ["an unclosed block", 'host "a" {\n', [1, 1], /unclosed block/],
  ["a bracket too many", ONE_HOST + "}", [4, 1], /no block is open/],
  ["a block without a name", "host {\n}", [1, 1], /lacks its name/],
  ["a host without a block", 'host "a";', [1, 9], /expected "\{"/],
  ["a host in a host", 'host "a" {\nhost "b" {}\n}', [2, 1], /cannot stand in/],
  [
    "a location in a location",
    "location /a { location /b {} }",
    [1, 15],
    /cannot stand in a location/,
  ],
  [
    "a target outside of hosts",
    "proxy_pass http://a:1;",
    [1, 1],
    /in a host or in a location/,
  ],
  [
    "a server setting in a host",
    'host "a" { keepalive_timeout 1s; }',
    [1, 12],
    /outside of every block/,
  ],
  ["an unclosed quote", 'host "a {\n}', [1, 6], /unclosed quote/],
  [
    "merge markers",
    `<<<<<<< HEAD\n${ONE_HOST}=======\n${ONE_HOST}>>>>>>> b`,
    [1, 1],
    /merge marker/,
  ],
  ["a placeholder as host", 'host "$HOST:80" {\n}', [1, 6], /placeholder/],
  [
    "a placeholder as target",
    'host "a" {\n  proxy_pass http://$HOST:9000;\n}',
    [2, 14],
    /"\$HOST" is a placeholder, expected the address itself/,
  ],
  [
    "another spelling of a placeholder",
    'host "a" { proxy_pass http://{{HOST}}:9000; }',
    [1, 23],
    /"\{\{HOST\}\}" is a placeholder/,
  ],
  ["a bad host", 'host "a b" {}', [1, 6], /bad host/],
  ["a host with a bad port", 'host "a:99999" {}', [1, 6], /bad host/],
  ["a host of a bad address", 'host "1.2.3.400" {}', [1, 6], /bad host/],
  ["a prefix without a slash", "location api {}", [1, 10], /bad prefix/],
];

for (const [title, text, place, reason] of REFUSED) {
  Deno.test(`parseConf() refuses ${title}`, () => {
    assertRefused(text, place, reason);
  });
}

const REFUSED_IN_HOST: [string, RegExp][] = [
  ["dist_policy fastest;", /unknown policy "fastest", expected one of round-/],
  ["dist_policy constructor;", /unknown policy/],
  ["constructor x;", /unknown directive/],
  ["dist_policy;", /lacks a value, expected dist_policy round-robin/],
  ["dist_policy random extra;", /unexpected "extra", expected ";"/],
  ["dist_policy random {", /unexpected "\{", expected ";"/],
  ["dist_policy random; dist_policy ip-hash;", /already set to "random"/],
  ["proxy_pass 127.0.0.1:9000;", /bad URL/],
  ["proxy_pass https://a:1;", /targets speak http/],
  ["proxy_pass http://a:0;", /bad port "0"/],
  ["proxy_pass http://a:65536;", /bad port "65536"/],
  ["proxy_pass http://a:9o;", /bad port "9o"/],
  ["proxy_pass http://:80;", /bad host/],
  ["proxy_pass http://a_/b;", /unexpected "\/b", expected no path/],
  ["proxy_pass http://999.1.1.1;", /bad host/],
  ["proxy_pass http://a:1 wieght=2;", /unknown option "wieght=2"/],
  ["proxy_pass http://a:1 weight=0;", /bad value "0" of weight/],
  ["proxy_pass http://a:1 fail_timeout=x;", /bad value "x" of fail_timeout/],
  ["proxy_pass http://a:1 proxy_pass http://b:1;", /unknown option/],
  ["proxy_set_header X $upstream;", /unknown variable "\$upstream"/],
  ["proxy_set_header X $http_;", /unknown variable "\$http_"/],
  ["proxy_set_header Upgrade websocket;", /the proxy's own to set/],
  ["proxy_set_header Bad: x;", /bad header name/],
  ['proxy_set_header X "a\u0001b";', /control character/],
  ["proxy_read_timeout soon;", /bad duration "soon"/],
  ["proxy_read_timeout 0s;", /bad duration/],
  ["client_max_body_size 1x;", /bad size/],
  ["location / { strip_prefix maybe; }", /expected true or false/],
  ["location /a { proxy_pass http://a:1/; }", /expected no path/],
];

for (const [directives, reason] of REFUSED_IN_HOST) {
  Deno.test(`parseConf() refuses ${directives}`, () => {
    assert.match(errorOf(`host "a" {\n${directives}\n}`).message, reason);
  });
}

Deno.test("parseConf() refuses a network that is none", () => {
  for (const network of ["10.0.0.0/33", "x", "10.0.0", "::1/129", "1.2.3.4/"]) {
    assert.throws(() => parseConf(`trusted_proxies ${network};`), ConfError);
  }
});

Deno.test("two different blocks for one host are refused, naming both lines", () => {
  const other = ONE_HOST.replace("9000", "9001");
  assertRefused(
    ONE_HOST + other,
    [4, 6],
    /host "a\.test" is already in line 1 with other content/,
  );
});

Deno.test("two different locations of one prefix are refused", () => {
  const text = (port: number) =>
    `location /a {\nproxy_pass http://b:${port};\n}`;
  assertRefused(`${text(1)}\n${text(2)}`, [4, 10], /already in line 1/);
});

Deno.test("parseConf() never throws anything but a ConfError", () => {
  const pieces = ["host", '"a"', "{", "}", ";", "\n", "#", "location", "/x"];
  const more = ["proxy_pass", "http://a:1", "dist_policy", "random", "'", "$x"];
  const all = [...pieces, ...more];
  for (let seed = 1; seed < 3000; seed++) {
    let state = seed;
    const next = () => (state = (state * 48_271) % 2_147_483_647);
    const words = Array.from(
      { length: 1 + seed % 12 },
      () => all[next() % all.length],
    );
    try {
      parseConf(words.join(" "));
    } catch (error) {
      assert.ok(error instanceof ConfError, `${words.join(" ")}: ${error}`);
    }
  }
});

Deno.test("mapTargets() moves the targets that it is told to, and no others", () => {
  const conf = parseConf(
    'host "a" { proxy_pass http://127.0.0.1:9000 weight=2; location /t/ { proxy_pass http://127.0.0.1:8000; } }',
  );
  const moved = mapTargets(conf, [
    "127.0.0.1:9000=127.0.0.2:9100",
    "127.0.0.1:1=127.0.0.1:2",
  ]);
  const [root, tracker] = moved.hosts[0]!.locations;
  assert.deepEqual(addresses(root!), ["127.0.0.2 9100"]);
  assert.equal(root?.targets[0]?.weight, 2);
  assert.deepEqual(addresses(tracker!), ["127.0.0.1 8000"]);
});

Deno.test("mapTargets() refuses what is no FROM=TO", () => {
  const conf = parseConf(ONE_HOST);
  for (const move of ["", "a=b", "a:1", "a:1=b", "a:1=b:0", "a:1=b:70000"]) {
    assert.throws(() => mapTargets(conf, [move]), RangeError);
  }
});

Deno.test("the shipped conf sends /tracker/ to the tracker and the rest to the backend", async () => {
  const text = await Deno.readTextFile(
    new URL("../config/proxy.conf", import.meta.url),
  );
  const conf = parseConf(text, "config/proxy.conf");
  assert.deepEqual(conf.hosts.map(({ pattern }) => pattern), ["*"]);
  const found = conf.hosts[0]!.locations.map((location) => [
    location.prefix,
    addresses(location)[0],
  ]);
  assert.deepEqual(found, [
    ["/", "127.0.0.1 9000"],
    ["/tracker/", "127.0.0.1 8000"],
  ]);
});

Deno.test("the shipped conf documents every directive", async () => {
  const text = await Deno.readTextFile(
    new URL("../config/proxy.conf", import.meta.url),
  );
  const names = errorOf("x").message.match(/[a-z_]+(?=,|\n|$)/gm) ?? [];
  const known = names.filter((name) => name !== "x");
  assert.ok(known.length > 15);
  for (const name of known) {
    assert.ok(text.includes(name), `${name} is missing`);
  }
});
