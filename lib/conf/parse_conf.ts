/**
 * Text -> Conf, in one pass over the lines, then one over the blocks to hand
 * down what they inherit. Pure: it opens no file. A conf is taken whole or, with
 * a ConfError at the first fault, not at all.
 * @module
 */
import {
  type Conf,
  type HeaderConf,
  type HostConf,
  LOCATION_DEFAULTS,
  type LocationConf,
  type LocationSettings,
  SERVER_DEFAULTS,
  type ServerSettings,
} from "./conf.ts";
import { ConfError, type Place, type Source } from "./conf_error.ts";
import {
  type Block,
  type BlockKind,
  DIRECTIVES,
  type Fail,
  refusePlaceholder,
} from "./directives.ts";
import { sourceOf, type Token, tokenize } from "./lexer.ts";
import { readHostPattern } from "./values.ts";

/** Reads a conf; `filename` is for its messages. */
export function parseConf(text: string, filename = "proxy.conf"): Conf {
  const source = sourceOf(text, filename);
  const top = new Parser(source).parse();
  const server = { ...SERVER_DEFAULTS, ...top.server };
  const { listens } = top;
  const fault = doorFault(top, server);
  if (fault !== undefined) throw new ConfError(source, fault, fault.reason);
  const httpsPort = listens.find(({ tls }) => tls)?.port ?? -1;
  for (const { settings } of top.blocks) {
    if (settings.httpsPort === 0) settings.httpsPort = httpsPort;
  }
  const hosts = top.blocks.map((block) => resolveHost(block, top));
  return { server, listens, hosts };
}

/** What is only wrong when the whole conf is known. */
function doorFault(
  { listens, blocks }: Block,
  { certificateFile, certificateKeyFile }: ServerSettings,
): (Place & { reason: string }) | undefined {
  const secure = listens.find(({ tls }) => tls);
  if (secure !== undefined) {
    const missing = certificateFile === ""
      ? "tls_certificate"
      : certificateKeyFile === ""
      ? "tls_certificate_key"
      : undefined;
    if (missing !== undefined) {
      const reason =
        `"listen ${secure.port} tls" lacks a certificate, expected ${missing} FILE; too (deno task cert makes one)`;
      return { line: secure.line, column: 1, reason };
    }
  }
  const lost = blocks.find(({ redirect, settings }) =>
    redirect !== undefined && settings.httpsPort === 0
  );
  if (secure !== undefined || lost?.redirect === undefined) return undefined;
  const reason =
    `nothing here listens with tls, expected "listen PORT tls;" too, or "redirect https PORT;"`;
  return { ...lost.redirect, reason };
}

interface BlockDirective {
  within: readonly BlockKind[];
  kind: BlockKind;
  form: string;
}

/** The directives that open a block. */
const BLOCKS: Record<string, BlockDirective> = {
  host: { within: ["top"], kind: "host", form: 'host "NAME" {' },
  default: { within: ["top"], kind: "host", form: "default {" },
  location: {
    within: ["top", "host"],
    kind: "location",
    form: "location /PREFIX/ {",
  },
  path: { within: ["top", "host"], kind: "location", form: "path /PREFIX {" },
};

const KNOWN = [...Object.keys(BLOCKS), ...Object.keys(DIRECTIVES)];

class Parser {
  readonly #source: Source;
  readonly #tokens: Token[];
  #at = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  parse(): Block {
    const top = newBlock("top", "", 1);
    this.#readInto(top, undefined);
    return top;
  }

  /** Reads statements up to the block's "}", or to the end of the file. */
  #readInto(block: Block, opening: Token | undefined): void {
    const seen = new Map<string, { text: string; line: number }>();
    for (;;) {
      const token = this.#tokens[this.#at++];
      if (token === undefined) {
        if (opening === undefined) return;
        this.#fail(opening, `unclosed block, expected "}" before the end`);
      }
      if (token.type === "end" || token.type === ";") continue;
      if (token.type === "}") {
        if (opening !== undefined) return;
        this.#fail(
          token,
          `unexpected "}" where no block is open, expected a directive`,
        );
      }
      if (token.type === "{") {
        this.#fail(token, `unexpected "{", expected a directive before it`);
      }
      this.#readStatement(token, block, seen);
    }
  }

  #readStatement(
    name: Token,
    block: Block,
    seen: Map<string, { text: string; line: number }>,
  ): void {
    const words = this.#words();
    if (Object.hasOwn(BLOCKS, name.text)) {
      return this.#readBlock(name, words, block);
    }
    if (!Object.hasOwn(DIRECTIVES, name.text)) {
      this.#fail(
        name,
        `unknown directive "${name.text}", expected one of ${KNOWN.join(", ")}`,
      );
    }
    const directive = DIRECTIVES[name.text]!;
    this.#checkPlace(name, directive.within, block);
    const { argumentsMin: least, argumentsMax: most = least } = directive;
    if (words.length < least) {
      this.#fail(
        name,
        `"${name.text}" lacks a value, expected ${directive.form};`,
      );
    }
    if (words.length > most) {
      this.#fail(
        words[most]!,
        `unexpected "${words[most]!.text}", expected ";"`,
      );
    }
    this.#endStatement();
    const text = words.map((word) => word.text).join(" ");
    const before = seen.get(name.text);
    if (before !== undefined && before.text !== text && !directive.repeated) {
      this.#fail(
        name,
        `"${name.text}" is already set to "${before.text}" in line ${before.line} of this block, expected it once`,
      );
    }
    seen.set(name.text, { text, line: name.line });
    directive.read(words, block, this.#fail);
  }

  #readBlock(name: Token, words: Token[], parent: Block): void {
    const { within, kind, form } = BLOCKS[name.text]!;
    this.#checkPlace(name, within, parent);
    const [first, second] = words;
    const named = name.text !== "default";
    if (named && first === undefined) {
      this.#fail(name, `"${name.text}" lacks its name, expected ${form}`);
    }
    const extra = named ? second : first;
    if (extra !== undefined) {
      this.#fail(extra, `unexpected "${extra.text}", expected "{"`);
    }
    while (this.#tokens[this.#at]?.type === "end") this.#at++;
    const opening = this.#tokens[this.#at++];
    if (opening?.type !== "{") {
      this.#fail(
        opening ?? name,
        `"${name.text}" lacks its block, expected "{"`,
      );
    }
    const block = newBlock(kind, this.#blockName(name, first), name.line);
    this.#readInto(block, name);
    const home = kind === "location" && parent.kind === "top"
      ? this.#anyHost(parent, name)
      : parent;
    this.#addBlock(block, home, first ?? name);
  }

  #blockName(name: Token, word: Token | undefined): string {
    if (word === undefined) return "*";
    refusePlaceholder(word, this.#fail);
    if (name.text === "host") {
      return readHostPattern(word.text) ??
        this.#fail(
          word,
          `bad host "${word.text}", expected "name", "name:port", "*.name" or "*"`,
        );
    }
    if (!/^\/[^\s?#]*$/.test(word.text)) {
      this.#fail(word, `bad prefix "${word.text}", expected one like /api/`);
    }
    return word.text;
  }

  /** The host "*" that a location outside every host belongs to. */
  #anyHost(top: Block, { line }: Token): Block {
    const found = top.blocks.find((block) => block.name === "*");
    if (found !== undefined) return found;
    const host = newBlock("host", "*", line);
    top.blocks.push(host);
    return host;
  }

  /** The same block twice is one; two that differ are a riddle. */
  #addBlock(block: Block, parent: Block, place: Token): void {
    const same = parent.blocks.find((other) => other.name === block.name);
    if (same === undefined) {
      parent.blocks.push(block);
      return;
    }
    if (contentOf(same) === contentOf(block)) return;
    if (isAnyHostOfLocations(same) && block.blocks.length === 0) {
      block.blocks = same.blocks;
      parent.blocks[parent.blocks.indexOf(same)] = block;
      return;
    }
    this.#fail(
      place,
      `${block.kind} "${block.name}" is already in line ${same.line} with other content, expected one block for it`,
    );
  }

  #checkPlace(
    name: Token,
    within: readonly BlockKind[],
    { kind }: Block,
  ): void {
    if (within.includes(kind)) return;
    const places = within.map((place) =>
      place === "top" ? "outside of every block" : `in a ${place}`
    );
    this.#fail(
      name,
      `"${name.text}" cannot stand ${
        kind === "top" ? "outside of a block" : `in a ${kind}`
      }, expected it ${places.join(" or ")}`,
    );
  }

  #words(): Token[] {
    const from = this.#at;
    while (this.#tokens[this.#at]?.type === "word") this.#at++;
    return this.#tokens.slice(from, this.#at);
  }

  /** A `;`, the end of the line, or the block's own end closes a statement. */
  #endStatement(): void {
    const token = this.#tokens[this.#at];
    if (token?.type === "{") this.#fail(token, `unexpected "{", expected ";"`);
  }

  readonly #fail: Fail = (place, reason) => {
    throw new ConfError(this.#source, place, reason);
  };
}

function newBlock(kind: BlockKind, name: string, line: number): Block {
  return {
    kind,
    name,
    line,
    server: {},
    listens: [],
    settings: {},
    headers: [],
    answerHeaders: [],
    targets: [],
    blocks: [],
  };
}

/** A block's meaning without its lines, to tell a repeat from a contradiction. */
function contentOf(block: Block): string {
  const { settings, headers, answerHeaders, targets, blocks } = block;
  const sorted = Object.entries(settings).sort();
  const own = [sorted, headers, answerHeaders, targets];
  return JSON.stringify([own, blocks.map(contentOf)]);
}

/** A host "*" that only top-level locations have made so far. */
function isAnyHostOfLocations({ name, blocks, ...own }: Block): boolean {
  return name === "*" && blocks.length > 0 && own.targets.length === 0 &&
    own.headers.length === 0 && own.answerHeaders.length === 0 &&
    Object.keys(own.settings).length === 0;
}

function resolveHost(host: Block, top: Block): HostConf {
  const defaults: LocationSettings = {
    ...LOCATION_DEFAULTS,
    ...top.settings,
    headers: top.headers,
    answerHeaders: top.answerHeaders,
  };
  const root = resolveLocation(host, { ...defaults, prefix: "/", targets: [] });
  const own = host.blocks.map((block) => resolveLocation(block, root));
  const hasRoot = own.some((location) => location.prefix === "/");
  const onlyLocations = own.length > 0 && root.targets.length === 0;
  const locations = hasRoot || onlyLocations ? own : [root, ...own];
  return { pattern: host.name, line: host.line, locations };
}

function resolveLocation(block: Block, parent: LocationConf): LocationConf {
  return {
    ...parent,
    stripPrefix: false,
    ...block.settings,
    prefix: block.kind === "location" ? block.name : parent.prefix,
    headers: mergeHeaders(parent.headers, block.headers),
    answerHeaders: mergeHeaders(parent.answerHeaders, block.answerHeaders),
    targets: block.targets.length > 0 ? block.targets : parent.targets,
  };
}

/** A block's own headers take the place of inherited ones of the same name. */
function mergeHeaders<H extends HeaderConf>(inherited: H[], own: H[]): H[] {
  const names = new Set(own.map((header) => header.name.toLowerCase()));
  const kept = inherited.filter((header) =>
    !names.has(header.name.toLowerCase())
  );
  return [...kept, ...own];
}
