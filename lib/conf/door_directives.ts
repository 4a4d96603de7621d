/**
 * The directives that say where clients come in: ports, certificate, and the
 * way from http to https.
 * @module
 */
import type { ListenConf } from "./conf.ts";
import type { Directive, Fail } from "./directives.ts";
import type { Token } from "./lexer.ts";
import { isHostName, readPort } from "./values.ts";

/** As many ports as one conf may open. */
export const LISTENS_MAX = 16;

export const DOOR_DIRECTIVES: Record<string, Directive> = {
  listen: {
    within: ["top"],
    form: "listen [ADDRESS:]PORT [tls [http2]]",
    argumentsMin: 1,
    argumentsMax: 3,
    repeated: true,
    read(words, block, fail) {
      const listen = readListen(words, fail);
      const same = block.listens.find((other) => isSamePlace(other, listen));
      if (same !== undefined) {
        fail(
          words[0]!,
          `port ${listen.port} is already listened on in line ${same.line}, expected each once`,
        );
      }
      if (block.listens.length === LISTENS_MAX) {
        fail(
          words[0]!,
          `more than ${LISTENS_MAX} listens, expected that many at most`,
        );
      }
      block.listens.push(listen);
    },
  },
  tls_certificate: file("certificateFile", "config/tls/server.pem"),
  tls_certificate_key: file("certificateKeyFile", "config/tls/server-key.pem"),
  redirect: {
    within: ["host"],
    form: "redirect https [PORT]",
    argumentsMin: 1,
    argumentsMax: 2,
    read([scheme, port], block, fail) {
      if (scheme!.text !== "https") {
        fail(scheme!, `cannot redirect to "${scheme!.text}", expected https`);
      }
      const { line, column } = scheme!;
      block.redirect = { line, column };
      block.settings.httpsPort = port === undefined
        ? 0
        : readPort(port.text) ?? badPort(port, fail);
    },
  },
};

function file(
  key: "certificateFile" | "certificateKeyFile",
  example: string,
): Directive {
  return {
    within: ["top"],
    form: `the path of a PEM file, as in ${example}`,
    argumentsMin: 1,
    read([word], block, fail) {
      // A path with a comma cannot be named in a permission.
      if (word!.text === "" || /[,\0]/.test(word!.text)) {
        fail(word!, `bad path "${word!.text}", expected one like ${example}`);
      }
      block.server[key] = word!.text;
    },
  };
}

function readListen([place, ...words]: Token[], fail: Fail): ListenConf {
  const parts = /^(?:(\[[^\]]+\]|[^:\[\]]+):)?([^:]+)$/.exec(place!.text);
  const host = parts?.[1]?.toLowerCase();
  const hostname = host?.replace(/^\[(.*)\]$/, "$1");
  const known = hostname === undefined || isAddress(hostname);
  if (parts === null || !known) {
    fail(
      place!,
      `bad address "${
        place!.text
      }", expected one like 8081, 0.0.0.0:8081 or [::]:8081`,
    );
  }
  const port = readPort(parts[2] ?? "") ??
    badPort({ ...place!, text: parts[2] ?? "" }, fail);
  const [tls, http2] = readKinds(words, fail);
  return { hostname, port, tls, http2, line: place!.line };
}

function readKinds(words: Token[], fail: Fail): [boolean, boolean] {
  for (const word of words) {
    if (word.text === "tls" || word.text === "http2") continue;
    if (word.text === "ssl") {
      fail(word, `unknown option "ssl", expected tls`);
    }
    fail(word, `unknown option "${word.text}", expected tls, http2 or ";"`);
  }
  const tls = words.some((word) => word.text === "tls");
  const http2 = words.find((word) => word.text === "http2");
  if (http2 !== undefined && !tls) {
    fail(http2, `browsers speak http2 over tls only, expected "tls http2"`);
  }
  return [tls, http2 !== undefined];
}

/** An address to listen on is a number, or "localhost". */
function isAddress(text: string): boolean {
  return text === "localhost" || /^[0-9.]+$|:/.test(text) && isHostName(text);
}

function isSamePlace(one: ListenConf, other: ListenConf): boolean {
  return one.port === other.port && one.hostname === other.hostname;
}

function badPort(word: Token, fail: Fail): never {
  return fail(
    word,
    `bad port "${word.text}", expected a number from 1 to 65535`,
  );
}
