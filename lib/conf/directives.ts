/**
 * The table of directives: where each may stand, how it is written, and what it
 * sets in the block that it stands in.
 * @module
 */
import {
  addressOf,
  type AnswerHeaderConf,
  type HeaderConf,
  type ListenConf,
  type LocationSettings,
  type PolicyName,
  type ServerSettings,
  TARGET_DEFAULTS,
  type TargetConf,
} from "./conf.ts";
import type { Place } from "./conf_error.ts";
import { DOOR_DIRECTIVES } from "./door_directives.ts";
import { OPERATION_DIRECTIVES } from "./operation_directives.ts";
import { readAnswerHeader, readHeader } from "./header_values.ts";
import { readHealthCheck } from "./health_check.ts";
import { LIMIT_DIRECTIVES } from "./limit_directives.ts";
import {
  isHostName,
  readCount,
  readDuration,
  readSize,
  readTarget,
} from "./values.ts";
import type { Token } from "./lexer.ts";

export type BlockKind = "top" | "host" | "location";

/** A block as written, before it inherits. */
export interface Block {
  kind: BlockKind;
  /** The host's pattern or the location's prefix. */
  name: string;
  line: number;
  server: Partial<ServerSettings>;
  listens: ListenConf[];
  /** Where `redirect` stands in it. */
  redirect?: Place;
  settings: Partial<LocationSettings>;
  headers: HeaderConf[];
  answerHeaders: AnswerHeaderConf[];
  targets: TargetConf[];
  blocks: Block[];
}

/** Throws a ConfError at `place`. */
export type Fail = (place: Place, reason: string) => never;

export interface Directive {
  within: readonly BlockKind[];
  /** As the message for a wrong one shows it. */
  form: string;
  /** At least this many words after the name. */
  argumentsMin: number;
  /** At most this many; the same number where it is left out. */
  argumentsMax?: number;
  /** May stand in one block several times. */
  repeated?: boolean;
  read(words: Token[], block: Block, fail: Fail): void;
}

const ANYWHERE = ["top", "host", "location"] as const;

const POLICIES: Record<string, PolicyName> = {
  "round-robin": "round-robin",
  "least-conn": "least-conn",
  "least-connections": "least-conn",
  "ip-hash": "ip-hash",
  "random": "random",
  "least-time": "least-time",
  "shortest-time": "least-time",
  "srtf": "least-time",
};

/** The directives that close with `;` or the end of their line. */
export const DIRECTIVES: Record<string, Directive> = {
  ...DOOR_DIRECTIVES,
  ...OPERATION_DIRECTIVES,
  proxy_pass: {
    within: ["host", "location"],
    form: "proxy_pass http://ADDRESS:PORT",
    argumentsMin: 1,
    argumentsMax: 5,
    repeated: true,
    read(words, block, fail) {
      const target = readProxyPass(words, block, fail);
      const same = addTarget(block.targets, target);
      if (
        same.maxFails === target.maxFails &&
        same.failTimeoutMs === target.failTimeoutMs
      ) return;
      fail(
        words[0]!,
        `"${
          addressOf(target)
        }" stands here twice with different options, expected it once, with weight=N for a larger share`,
      );
    },
  },
  dist_policy: {
    within: ANYWHERE,
    form: "dist_policy round-robin",
    argumentsMin: 1,
    read([word], block, fail) {
      const name = word!.text.toLowerCase().replaceAll("_", "-");
      const policy = Object.hasOwn(POLICIES, name) ? POLICIES[name] : undefined;
      block.settings.policy = policy ?? fail(
        word!,
        `unknown policy "${word!.text}", expected one of ${
          Object.keys(POLICIES).join(", ")
        }`,
      );
    },
  },
  proxy_set_header: {
    within: ANYWHERE,
    form: "proxy_set_header NAME VALUE",
    argumentsMin: 2,
    argumentsMax: 32,
    repeated: true,
    read(words, block, fail) {
      block.headers.push(readHeader(words, fail));
    },
  },
  add_header: {
    within: ANYWHERE,
    form: "add_header NAME VALUE [always]",
    argumentsMin: 2,
    argumentsMax: 33,
    repeated: true,
    read(words, block, fail) {
      block.answerHeaders.push(readAnswerHeader(words, fail));
    },
  },
  health_check: {
    within: ANYWHERE,
    form: "health_check /PATH interval=5s timeout=2s rises=1 falls=2",
    argumentsMin: 1,
    argumentsMax: 5,
    read(words, block, fail) {
      block.settings.healthCheck = readHealthCheck(words, fail);
    },
  },
  strip_prefix: {
    within: ["location"],
    form: "strip_prefix true",
    argumentsMin: 1,
    read([word], block, fail) {
      const on = ["true", "on"].includes(word!.text);
      if (!on && !["false", "off"].includes(word!.text)) {
        fail(word!, `bad value "${word!.text}", expected true or false`);
      }
      block.settings.stripPrefix = on;
    },
  },
  proxy_connect_timeout: locationDuration("connectTimeoutMs"),
  proxy_read_timeout: locationDuration("readTimeoutMs"),
  proxy_tunnel_timeout: locationDuration("tunnelTimeoutMs"),
  client_max_body_size: {
    within: ANYWHERE,
    form: "client_max_body_size 10m",
    argumentsMin: 1,
    read([word], block, fail) {
      block.settings.bodyBytesMax = readSize(word!.text) ??
        fail(word!, `bad size "${word!.text}", expected one like 10m or 64k`);
    },
  },
  client_header_timeout: serverDuration("headerTimeoutMs"),
  client_body_timeout: serverDuration("bodyTimeoutMs"),
  keepalive_timeout: serverDuration("keepaliveTimeoutMs"),
  send_timeout: serverDuration("sendTimeoutMs"),
  ...LIMIT_DIRECTIVES,
  proxy_keepalive: serverCount("upstreamIdleMax", 0),
  proxy_keepalive_timeout: serverDuration("upstreamIdleTimeoutMs"),
  proxy_next_upstream_tries: serverCount("upstreamTriesMax", 1),
  proxy_next_upstream_timeout: serverDuration("upstreamTriesTimeoutMs"),
  trusted_proxies: {
    within: ["top"],
    form: "trusted_proxies ADDRESS[/BITS] ...",
    argumentsMin: 1,
    argumentsMax: 64,
    repeated: true,
    read(words, block, fail) {
      const trusted = block.server.trustedProxies ??= [];
      for (const word of words) trusted.push(readNetwork(word, fail));
    },
  },
};

type DurationKeys<T> = {
  [K in keyof T]: K extends `${string}Ms` ? K : never;
}[keyof T];

function readDurationWord(word: Token, fail: Fail): number {
  return readDuration(word.text) ??
    fail(word, `bad duration "${word.text}", expected one like 10s or 500ms`);
}

function locationDuration(key: DurationKeys<LocationSettings>): Directive {
  return {
    within: ANYWHERE,
    form: "a duration like 10s",
    argumentsMin: 1,
    read([word], block, fail) {
      block.settings[key] = readDurationWord(word!, fail);
    },
  };
}

function serverDuration(key: DurationKeys<ServerSettings>): Directive {
  return {
    within: ["top"],
    form: "a duration like 10s",
    argumentsMin: 1,
    read([word], block, fail) {
      block.server[key] = readDurationWord(word!, fail);
    },
  };
}

function serverCount(
  key: "upstreamIdleMax" | "upstreamTriesMax",
  least: number,
): Directive {
  return {
    within: ["top"],
    form: "a whole number",
    argumentsMin: 1,
    read([word], block, fail) {
      block.server[key] = readCount(word!.text, least) ??
        fail(
          word!,
          `bad number "${word!.text}", expected a whole number from ${least}`,
        );
    },
  };
}

const PLACEHOLDER = /\$\w+|\$\{\w+\}|\{\{\s*\w+\s*\}\}/;

/** Refuses `$HOST`, which some confs carry for a script to fill in. */
export function refusePlaceholder(word: Token, fail: Fail): void {
  const placeholder = PLACEHOLDER.exec(word.text)?.[0];
  if (placeholder === undefined) return;
  fail(
    word,
    `"${placeholder}" is a placeholder, expected the address itself, as in 192.168.1.5`,
  );
}

function readProxyPass(words: Token[], block: Block, fail: Fail): TargetConf {
  const [url, ...options] = words;
  refusePlaceholder(url!, fail);
  const read = readTarget(url!.text);
  if (typeof read === "string") fail(url!, read);
  const { hostname, port, path } = read;
  if (path !== "" && (path !== "/" || block.kind === "location")) {
    fail(
      url!,
      `unexpected "${path}", expected no path after the port ("strip_prefix true;" in a location cuts its prefix off)`,
    );
  }
  const target = { hostname, port, ...TARGET_DEFAULTS };
  for (const option of options) readTargetOption(option, target, fail);
  return target;
}

function readTargetOption(word: Token, target: TargetConf, fail: Fail): void {
  const [name, value = ""] = word.text.split("=", 2);
  const bad = (expected: string) =>
    fail(word, `bad value "${value}" of ${name}, expected ${expected}`);
  if (word.text === "backup") target.backup = true;
  else if (name === "weight") {
    target.weight = readCount(value, 1) ?? bad("a whole number from 1");
  } else if (name === "max_fails") {
    target.maxFails = readCount(value, 0) ?? bad("a whole number from 0");
  } else if (name === "fail_timeout") {
    target.failTimeoutMs = readDuration(value) ?? bad("a duration like 10s");
  } else {
    fail(
      word,
      `unknown option "${word.text}", expected weight=N, max_fails=N, fail_timeout=10s, backup or ";"`,
    );
  }
}

/** A target named twice takes twice its share, and fails as one. */
function addTarget(targets: TargetConf[], target: TargetConf): TargetConf {
  const same = targets.find((other) =>
    other.hostname === target.hostname && other.port === target.port &&
    other.backup === target.backup
  );
  if (same === undefined) targets.push(target);
  else same.weight += target.weight;
  return same ?? target;
}

function readNetwork(word: Token, fail: Fail): string {
  const [address = "", bits] = word.text.toLowerCase().split("/", 2);
  const wide = address.includes(":");
  const isAddress = wide || /^[0-9.]+$/.test(address);
  const bitsMax = wide ? 128 : 32;
  const count = bits === undefined ? bitsMax : readCount(bits, 0);
  if (
    !isAddress || !isHostName(address) || count === undefined ||
    count > bitsMax
  ) {
    fail(
      word,
      `bad network "${word.text}", expected one like 10.0.0.0/8 or ::1`,
    );
  }
  return `${address}/${count}`;
}
