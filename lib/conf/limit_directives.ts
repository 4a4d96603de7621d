/**
 * The directives that say how much one client may ask for at a time.
 * @module
 */
import { SERVER_DEFAULTS, type ServerSettings } from "./conf.ts";
import type { Block, Directive, Fail } from "./directives.ts";
import type { Token } from "./lexer.ts";
import { readCount, readRate, readSize } from "./values.ts";

/** A head has to fit into a connection's buffer, which holds 64 KiB. */
const HEAD_BYTES_LEAST = 1024;
const HEAD_BYTES_MOST = 60 * 1024;
const FIELDS_MOST = 1000;

export const LIMIT_DIRECTIVES: Record<string, Directive> = {
  client_max_header_size: {
    within: ["top"],
    form: "client_max_header_size 16k",
    argumentsMin: 1,
    read([word], block, fail) {
      const bytes = readSize(word!.text) ?? 0;
      if (bytes < HEAD_BYTES_LEAST || bytes > HEAD_BYTES_MOST) {
        fail(word!, `bad size "${word!.text}", expected one from 1k to 60k`);
      }
      headOf(block).bytesMax = bytes;
    },
  },
  client_max_headers: {
    within: ["top"],
    form: "client_max_headers 100",
    argumentsMin: 1,
    read([word], block, fail) {
      const count = readCount(word!.text, 1) ?? Infinity;
      if (count > FIELDS_MOST) {
        fail(
          word!,
          `bad number "${
            word!.text
          }", expected a whole number from 1 to ${FIELDS_MOST}`,
        );
      }
      headOf(block).fieldsMax = count;
    },
  },
  limit_conn: {
    within: ["top"],
    form: "limit_conn 64",
    argumentsMin: 1,
    read([word], block, fail) {
      clientOf(block).connectionsMax = readCount(word!.text, 0) ??
        fail(
          word!,
          `bad number "${
            word!.text
          }", expected connections for each address, as in 64, or 0 for any`,
        );
    },
  },
  limit_rate: {
    within: ["top"],
    form: "limit_rate 20r/s burst=40",
    argumentsMin: 1,
    argumentsMax: 2,
    read(words, block, fail) {
      clientOf(block).rate = readLimitRate(words, fail);
    },
  },
};

function headOf({ server }: Block): ServerSettings["head"] {
  return server.head ??= { ...SERVER_DEFAULTS.head };
}

function clientOf({ server }: Block): ServerSettings["client"] {
  return server.client ??= { ...SERVER_DEFAULTS.client };
}

/** `20r/s burst=40`; without a burst, as many at once as a second allows. */
function readLimitRate(
  [first, second]: Token[],
  fail: Fail,
): ServerSettings["client"]["rate"] {
  if (first!.text === "off" && second === undefined) return undefined;
  const perSecond = readRate(first!.text) ??
    fail(
      first!,
      `bad rate "${first!.text}", expected one like 20r/s, 90r/m or off`,
    );
  if (second === undefined) {
    return { perSecond, burst: Math.max(1, Math.ceil(perSecond)) };
  }
  const [name, value = ""] = second.text.split("=", 2);
  const burst = name === "burst" ? readCount(value, 1) : undefined;
  return {
    perSecond,
    burst: burst ?? fail(
      second,
      `unexpected "${second.text}", expected burst=N or ";"`,
    ),
  };
}
