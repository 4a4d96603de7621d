/**
 * Puts the site together out of its two folders.
 * @module
 */
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { MemoryBudget } from "./asset.ts";
import { Catalog } from "./catalog.ts";
import { Counters } from "./counters.ts";
import { Pages } from "./pages.ts";
import { SiteFiles } from "./site_files.ts";

/** All that files and their compressed forms may take together. */
const HELD_BYTES_MAX = 64 * 1_024 * 1_024;

export interface Site {
  files: SiteFiles;
  pages: Pages;
  counters: Counters;
}

/** Serves `root`/www under `/` and `root`/static under `/static/`. */
export function openSite(root: string, clock: Clock): Site {
  const budget = new MemoryBudget(HELD_BYTES_MAX);
  const folders = { "/": join(root, "www"), "/static/": join(root, "static") };
  const catalog = new Catalog({ folders, clock, budget });
  const files = new SiteFiles(catalog, budget);
  return { files, pages: new Pages(files), counters: new Counters() };
}
