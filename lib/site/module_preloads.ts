/**
 * Tells browsers at the top of a page which modules its scripts import, so that
 * they come together with the scripts and not one journey later.
 * @module
 */
import { withImports } from "../module_imports.ts";
import type { Asset } from "./asset.ts";
import type { Catalog } from "./catalog.ts";

/** A page's scripts, by the paths that stand in it. */
const MODULE_SCRIPT = /<script type="module" src="(\/static\/[^"]+\.js)"/g;

/** The paths of the module scripts that `page` names. */
export function moduleScripts(page: string): string[] {
  return [...page.matchAll(MODULE_SCRIPT)].map(([, path = ""]) => path);
}

/** `page` with a link to each of `paths` before its first script. */
export function addPreloads(page: string, paths: readonly string[]): string {
  const links = paths.map((path) =>
    `<link rel="modulepreload" href="${path}">\n`
  );
  const at = page.search(MODULE_SCRIPT);
  return at === -1 ? page : page.slice(0, at) + links.join("") + page.slice(at);
}

export class ModulePreloads {
  readonly #catalog: Catalog;
  readonly #known = new WeakMap<Asset, Promise<string[]>>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** The paths of all that `script`, asked for at `path`, imports. */
  of(path: string, script: Asset): Promise<string[]> {
    let known = this.#known.get(script);
    if (known === undefined) {
      known = this.#follow(path);
      this.#known.set(script, known);
    }
    return known;
  }

  async #follow(path: string): Promise<string[]> {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    const [, ...imported] = await withImports(
      [path.slice(folder.length)],
      async (name) => {
        const asset = await this.#catalog.findNamed(folder + name);
        const content = asset?.facts.content;
        return typeof content === "object"
          ? new TextDecoder().decode(content)
          : undefined;
      },
    );
    return imported.map((name) => folder + name);
  }
}
