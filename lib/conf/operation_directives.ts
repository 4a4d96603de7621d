/**
 * The directives for those who run the proxy: workers, the end, what is logged
 * and measured.
 * @module
 */
import type { AccessLogConf } from "./conf.ts";
import type { Directive, Fail } from "./directives.ts";
import type { Token } from "./lexer.ts";
import { isHostName, readCount, readDuration, readPort } from "./values.ts";

/** More workers than this no machine has use for. */
export const WORKERS_MAX = 64;

export const OPERATION_DIRECTIVES: Record<string, Directive> = {
  workers: {
    within: ["top"],
    form: "workers 2",
    argumentsMin: 1,
    read([word], block, fail) {
      const count = readCount(word!.text, 1) ?? Infinity;
      if (count > WORKERS_MAX) {
        fail(
          word!,
          `bad number "${
            word!.text
          }", expected a whole number from 1 to ${WORKERS_MAX}`,
        );
      }
      block.server.workers = count;
    },
  },
  drain_timeout: {
    within: ["top"],
    form: "a duration like 5s",
    argumentsMin: 1,
    read([word], block, fail) {
      block.server.drainTimeoutMs = readDuration(word!.text) ??
        fail(
          word!,
          `bad duration "${word!.text}", expected one like 5s or 500ms`,
        );
    },
  },
  access_log: {
    within: ["top"],
    form: "access_log off|FILE|- [combined|json]",
    argumentsMin: 1,
    argumentsMax: 2,
    read(words, block, fail) {
      block.server.accessLog = readAccessLog(words, fail);
    },
  },
  metrics: {
    within: ["top"],
    form: "metrics 127.0.0.1:9901",
    argumentsMin: 1,
    read([word], block, fail) {
      block.server.metrics = readLoopback(word!, fail);
    },
  },
};

function readAccessLog([place, format]: Token[], fail: Fail): AccessLogConf {
  const file = place!.text;
  if (file === "" || /[,\0]/.test(file)) {
    fail(place!, `bad path "${file}", expected a file, "-" or off`);
  }
  if (file === "off") {
    if (format !== undefined) {
      fail(format, `unexpected "${format.text}" after off, expected ";"`);
    }
    return { file: "", format: "combined" };
  }
  const name = format?.text ?? "combined";
  if (name === "combined" || name === "json") return { file, format: name };
  return fail(
    format!,
    `unknown format "${name}", expected combined or json`,
  );
}

function readLoopback(
  word: Token,
  fail: Fail,
): { hostname: string; port: number } {
  const parts = /^(\[[^\]]+\]|[^:\[\]]+):(\d+)$/.exec(word.text.toLowerCase());
  const hostname = parts?.[1]?.replace(/^\[(.*)\]$/, "$1") ?? "";
  const port = readPort(parts?.[2] ?? "");
  if (port === undefined || !isHostName(hostname)) {
    fail(
      word,
      `bad address "${word.text}", expected one like 127.0.0.1:9901`,
    );
  }
  const isLoopback = hostname === "localhost" || hostname === "::1" ||
    hostname.startsWith("127.") && /^[0-9.]+$/.test(hostname);
  if (!isLoopback) {
    fail(
      word,
      `"${word.text}" can be reached from other machines, expected an address of this one like 127.0.0.1:${port}`,
    );
  }
  return { hostname, port };
}
