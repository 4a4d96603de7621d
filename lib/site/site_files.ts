/**
 * The site's files under names that say their version: in pages and style
 * sheets `/static/app.css` becomes `/static/app.<hash>.css`, which may be kept
 * for ever because another content has another name. No manifest is needed:
 * the hash is taken off again when the file is asked for. Chunks of scripts
 * have their content's name from the bundler, since scripts import them by it.
 * @module
 */
import { Asset, contentTag, type MemoryBudget } from "./asset.ts";
import type { Catalog } from "./catalog.ts";
import {
  addPreloads,
  ModulePreloads,
  moduleScripts,
} from "./module_preloads.ts";

const HASH_CHARS = 8;
const VERSIONED_NAME = /^(\/static\/.+)\.([0-9a-f]{8})(\.[^./]+)$/;
/** As `deno bundle` calls a chunk; its hash covers what the chunk imports. */
const CHUNK = /^\/static\/js\/chunk-[0-9A-Z]{8}\.js$/;
/** What stands in quotes, brackets or after `=` and names an asset. */
const REFERENCE = /(?<=["'(=]\s*)\/static\/[^\s"'()<>?#]+\.\w+/g;
const REWRITTEN = /^text\/(html|css)\b/;

export interface Found {
  asset: Asset;
  /** Asked for under a name that no other content will have. */
  immutable: boolean;
}

/** A page or style sheet, and what it became. */
interface TextFile {
  source: Asset;
  text: string;
  /** The paths that its text names. */
  references: string[];
  /** Those of them that are a page's scripts. */
  scripts: string[];
  /** The versions of those that `asset` was built with. */
  versions: string;
  asset: Asset | undefined;
}

export class SiteFiles {
  readonly #catalog: Catalog;
  readonly #budget: MemoryBudget;
  readonly #preloads: ModulePreloads;
  readonly #texts = new Map<string, TextFile>();

  constructor(catalog: Catalog, budget: MemoryBudget) {
    this.#catalog = catalog;
    this.#budget = budget;
    this.#preloads = new ModulePreloads(catalog);
  }

  /** The file at `path`, by its plain or its versioned name. */
  async find(path: string): Promise<Found | undefined> {
    const asset = await this.#rewritten(path);
    if (asset !== undefined) return { asset, immutable: CHUNK.test(path) };
    const [, stem, hash, extension] = VERSIONED_NAME.exec(path) ?? [];
    if (stem === undefined || hash === undefined) return undefined;
    const current = await this.#rewritten(`${stem}${extension}`);
    // A page from before an update gets today's file, only not for ever.
    return current &&
      { asset: current, immutable: current.facts.tag.startsWith(hash) };
  }

  async #rewritten(path: string): Promise<Asset | undefined> {
    const source = await this.#catalog.find(path);
    const textFile = this.#textOf(path, source);
    if (source === undefined || textFile === undefined) return source;
    const found = await this.#resolve(textFile);
    const assets = new Map(found);
    // A script's version changes with those of the chunks that it names.
    const versions = found.map(([, { facts }]) => facts.tag).join();
    const imports = await this.#importsOf(textFile, assets);
    if (textFile.asset === undefined || textFile.versions !== versions) {
      textFile.asset?.release();
      textFile.versions = versions;
      textFile.asset = this.#build(textFile, { assets, imports });
    }
    return textFile.asset;
  }

  /** What is known of `source` as a text with references, where it is one. */
  #textOf(path: string, source: Asset | undefined): TextFile | undefined {
    const known = this.#texts.get(path);
    if (known !== undefined && known.source === source) return known;
    known?.asset?.release();
    this.#texts.delete(path);
    if (source === undefined) return undefined;
    const { type, content } = source.facts;
    if (typeof content === "string" || !REWRITTEN.test(type)) return undefined;
    const text = new TextDecoder().decode(content);
    // Style sheets may import each other in a circle, so only pages name them.
    const nesting = type.startsWith("text/html") ? /\.html$/ : /\.(html|css)$/;
    const references = [...new Set(text.match(REFERENCE))]
      .filter((reference) => !nesting.test(reference));
    const textFile = {
      source,
      text,
      references,
      scripts: moduleScripts(text),
      versions: "",
      asset: undefined,
    };
    this.#texts.set(path, textFile);
    return textFile;
  }

  /** The references that are files of ours, small enough to have a hash. */
  async #resolve({ references }: TextFile): Promise<[string, Asset][]> {
    const assets = await Promise.all(
      references.map((path) => this.#rewritten(path)),
    );
    return references.flatMap((path, index) => {
      const asset = assets[index];
      return typeof asset?.facts.content === "object" ? [[path, asset]] : [];
    });
  }

  /** What the scripts of a page import. */
  async #importsOf(
    { scripts }: TextFile,
    assets: Map<string, Asset>,
  ): Promise<string[]> {
    const imports = await Promise.all(scripts.map((path) => {
      const script = assets.get(path);
      return script === undefined ? [] : this.#preloads.of(path, script);
    }));
    return [...new Set(imports.flat())];
  }

  #build(
    { source, text }: TextFile,
    { assets, imports }: { assets: Map<string, Asset>; imports: string[] },
  ): Asset {
    const named = text.replaceAll(REFERENCE, (path) => {
      const asset = assets.get(path);
      return asset === undefined ? path : versionedName(path, asset);
    });
    const content = new TextEncoder().encode(addPreloads(named, imports));
    const times = [source, ...assets.values()]
      .map(({ facts }) => facts.modifiedMs);
    const { type } = source.facts;
    const modifiedMs = Math.max(...times);
    const [size, tag] = [content.length, contentTag(content)];
    const facts = { type, size, modifiedMs, tag, content };
    return new Asset(facts, this.#budget);
  }
}

function versionedName(path: string, asset: Asset): string {
  const dot = path.lastIndexOf(".");
  const hash = asset.facts.tag.slice(0, HASH_CHARS);
  return `${path.slice(0, dot)}.${hash}${path.slice(dot)}`;
}
