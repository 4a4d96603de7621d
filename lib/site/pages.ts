/**
 * The pages of www/: the variant in the reader's language, those that are
 * filled in, and the page for what does not exist. `login.vi.html` beside
 * `login.html` is its Vietnamese variant and has no address of its own.
 * @module
 */
import type { Asset } from "./asset.ts";
import { type AccountPageFill, fillAccountPage } from "./account_page.ts";
import { fillJoinPage, type JoinPageFill } from "./join_page.ts";
import { fillLoginPage, type LoginFill } from "./login_page.ts";
import { type Language, preferredLanguage } from "./negotiate.ts";
import { respond } from "./respond.ts";
import type { SiteFiles } from "./site_files.ts";

export const LOGIN_PAGE = "/login.html";
const NOT_FOUND_PAGE = "/404.html";
const PAGE = /^\/[^/]+\.html$/;
const VARIANT = /\.(en|vi)\.html$/;

/** For a www/ without a 404.html. */
const PLAIN_NOT_FOUND = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Page not found</title></head>
<body><h1>Page not found</h1><p>There is nothing at this address.
<a href="/index.html">Go to the first page</a></p></body></html>
`;

interface Page {
  asset: Asset;
  language: Language;
}

/** What a page is filled with, and the status that it is sent with. */
type Filled<Fill> = Omit<Fill, "language"> & { status: number };

export class Pages {
  readonly #files: SiteFiles;

  constructor(files: SiteFiles) {
    this.#files = files;
  }

  /** Whether `path` is a page's address, of an existing page or not. */
  isPage(path: string): boolean {
    return PAGE.test(path);
  }

  async respond(
    request: Request,
    path: string,
    cacheControl: string,
  ): Promise<Response> {
    // Asked for by its own name, it is still the answer to nothing found.
    const page = path === NOT_FOUND_PAGE
      ? undefined
      : await this.#find(request, path);
    if (page === undefined) return this.notFound(request);
    const { asset, language } = page;
    return respond(request, asset, { cacheControl, language });
  }

  /** The login page, with what was typed and why that failed. */
  async login(
    request: Request,
    { status, ...content }: Filled<LoginFill>,
  ): Promise<Response> {
    const { code, signedIn } = content;
    const plain = code === undefined && signedIn === undefined;
    return await this.#filled(request, LOGIN_PAGE, {
      fill: (page, language) => fillLoginPage(page, { ...content, language }),
      cacheControl: plain ? "no-cache" : "no-store",
      status,
    });
  }

  /** The page of who has an open invitation. */
  async join(
    request: Request,
    { status, ...content }: Filled<JoinPageFill>,
  ): Promise<Response> {
    return await this.#filled(request, "/join.html", {
      fill: (page, language) => fillJoinPage(page, { ...content, language }),
      cacheControl: "no-store",
      status,
    });
  }

  /** What an invitation leads to that can't be used. */
  async notInvited(request: Request): Promise<Response> {
    return await this.#filled(request, "/not-invited.html", {
      fill: (page) => page,
      cacheControl: "no-store",
      status: 404,
    });
  }

  /** A person's own account. */
  async account(
    request: Request,
    { status, ...content }: Filled<AccountPageFill>,
  ): Promise<Response> {
    return await this.#filled(request, "/account.html", {
      fill: (page, language) => fillAccountPage(page, { ...content, language }),
      cacheControl: "no-store",
      status,
    });
  }

  async notFound(request: Request): Promise<Response> {
    const page = await this.#find(request, NOT_FOUND_PAGE);
    if (page !== undefined) {
      const { asset, language } = page;
      const delivery = { cacheControl: "no-cache", language, status: 404 };
      return respond(request, asset, delivery);
    }
    const headers = {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-cache",
    };
    const body = request.method === "HEAD" ? null : PLAIN_NOT_FOUND;
    return new Response(body, { status: 404, headers });
  }

  async #filled(
    request: Request,
    path: string,
    { fill, cacheControl, status }: {
      fill(page: string, language: Language): string;
      cacheControl: string;
      status: number;
    },
  ): Promise<Response> {
    const page = await this.#find(request, path);
    if (page === undefined) return this.notFound(request);
    const { asset: { facts }, language } = page;
    const text = typeof facts.content === "string"
      ? await Deno.readTextFile(facts.content)
      : new TextDecoder().decode(facts.content);
    const filled = fill(text, language);
    const headers = {
      "Content-Type": facts.type,
      "Content-Language": language,
      "Vary": "Accept-Language",
      "Cache-Control": cacheControl,
    };
    const body = request.method === "HEAD" ? null : filled;
    return new Response(body, { status, headers });
  }

  async #find(request: Request, path: string): Promise<Page | undefined> {
    if (VARIANT.test(path)) return undefined;
    const found = await this.#files.find(path);
    if (found === undefined) return undefined;
    const translated = await this.#files.find(
      path.replace(/\.html$/, ".vi.html"),
    );
    const available: Language[] = translated === undefined
      ? ["en"]
      : ["en", "vi"];
    const wish = request.headers.get("accept-language");
    const language = preferredLanguage(wish, available);
    const asset = language === "vi" ? translated?.asset : found.asset;
    return { asset: asset ?? found.asset, language };
  }
}
