/**
 * Reads the headers that a conf sets: a name that is not the proxy's own, and a
 * value of text and variables, in which no line can end.
 * @module
 */
import type {
  AnswerHeaderConf,
  HeaderConf,
  HeaderPart,
  VariableName,
} from "./conf.ts";
import type { Fail } from "./directives.ts";
import type { Token } from "./lexer.ts";

const VARIABLES: readonly VariableName[] = [
  "host",
  "remote_addr",
  "scheme",
  "proxy_add_x_forwarded_for",
  "proxy_add_forwarded",
  "request_id",
];

/** These belong to one connection or to the framing; the proxy sets them. */
const HEADERS_OF_THE_PROXY = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** `NAME VALUE ...` */
export function readHeader([name, ...values]: Token[], fail: Fail): HeaderConf {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name!.text)) {
    fail(name!, `bad header name "${name!.text}", expected one like X-Real-IP`);
  }
  if (HEADERS_OF_THE_PROXY.has(name!.text.toLowerCase())) {
    fail(
      name!,
      `"${
        name!.text
      }" is the proxy's own to set (WebSockets pass by themselves), expected another header`,
    );
  }
  const parts = values.flatMap((word, index) => {
    const read = readTemplate(word, fail);
    return index === 0 ? read : [{ text: " " }, ...read];
  });
  return { name: name!.text, parts };
}

/** `NAME VALUE ... [always]` */
export function readAnswerHeader(
  words: Token[],
  fail: Fail,
): AnswerHeaderConf {
  const always = words.length > 2 && words.at(-1)!.text === "always";
  const header = readHeader(always ? words.slice(0, -1) : words, fail);
  return { ...header, always };
}

function readTemplate(word: Token, fail: Fail): HeaderPart[] {
  const parts: HeaderPart[] = [];
  for (const [piece] of word.text.matchAll(/\$\w+|\$\{\w+\}|[^$]+|\$/g)) {
    if (/[^\t\x20-\x7e\xa0-\uffff]/.test(piece)) {
      fail(word, "a control character cannot stand in a header, expected text");
    }
    const name = /^\$\{?(\w+)\}?$/.exec(piece)?.[1];
    if (name === undefined) {
      parts.push({ text: piece });
      continue;
    }
    parts.push({
      variable: variableNamed(name) ?? fail(
        word,
        `unknown variable "${piece}", expected one of ${
          VARIABLES.map((known) => `$${known}`).join(", ")
        }, or $http_NAME for the header NAME`,
      ),
    });
  }
  return parts;
}

function variableNamed(name: string): VariableName | undefined {
  const known = VARIABLES.find((variable) => variable === name);
  const lower = name.toLowerCase();
  return known ??
    (/^http_[a-z0-9]/.test(lower) ? lower as VariableName : undefined);
}
