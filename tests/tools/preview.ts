/**
 * Serves the pages on a FakeChat, to look at them in every situation:
 * `deno run -A tests/tools/preview.ts [port]`, then /chat.html?scene=busy.
 * Any login with the password "password" is right.
 * @module
 */

import {
  fillAccountPage,
  type SessionRow,
} from "../../lib/site/account_page.ts";
import { fillJoinPage } from "../../lib/site/join_page.ts";
import { fillLoginPage } from "../../lib/site/login_page.ts";
import type { Language } from "../../lib/site/negotiate.ts";
import type { ErrorCode } from "../../lib/wire/wire_error.ts";

/** Script in the page -> what it is bundled from. */
const BUNDLES: Record<string, string> = {
  "/static/js/site.js": "lib/ui/entry_site.tsx",
  "/static/js/chat.js": "tests/tools/preview_chat.ts",
  "/static/js/chat_vi.js": "tests/tools/preview_chat.ts",
};

const TYPES: Record<string, string> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** Bundles all pages' scripts into `outDir`. */
async function bundle(outDir: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--platform=browser",
      "--minify",
      `--outdir=${outDir}`,
      ...new Set(Object.values(BUNDLES)),
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function fileOf(path: string, request: Request, outDir: string): string {
  const source = BUNDLES[path];
  if (source !== undefined) {
    return `${outDir}/${source.replace(/tsx?$/, "js")}`;
  }
  if (path.startsWith("/static/")) return path.slice(1);
  const language = new URL(request.url).searchParams.get("lang") ??
    request.headers.get("accept-language") ?? "";
  const page = path === "/" ? "/index.html" : path;
  return `www${
    language.startsWith("vi") ? page.replace(".html", ".vi.html") : page
  }`;
}

interface Try {
  username?: string;
  code?: ErrorCode;
  done?: string | undefined;
  language: Language;
}

function session(
  [name, system]: [string, string],
  [address, hours]: [string, number],
): SessionRow {
  const createdAt = Date.parse("2026-03-09T08:30:00Z");
  const seenAt = createdAt + hours * 3_600_000;
  const current = name === "Firefox";
  const browser = { name, system };
  return { id: name, browser, address, createdAt, seenAt, current };
}

const SESSIONS = [
  session(["Firefox", "Linux"], ["192.168.1.5", 4]),
  session(["Chrome", "Android"], ["192.168.1.23", 3]),
  session(["", ""], ["2001:db8:85a3:8d3:1319:8a2e:370:7348", 1]),
];

/** The pages that the server fills in, with what they could be filled with. */
const FILLED: Record<string, (page: string, fill: Try) => string> = {
  "/login.html": (page, fill) =>
    fillLoginPage(page, { next: "/chat.html", ...fill }),
  "/join.html": (page, fill) => fillJoinPage(page, { invite: "abc", ...fill }),
  "/account.html": (page, fill) =>
    fillAccountPage(page, { user: "Minh Anh", sessions: SESSIONS, ...fill }),
};

/** `?done=` and `?code=` show what was done or refused. */
async function filledPage(
  path: string,
  request: Request,
  tried: Partial<Try> = {},
): Promise<Response> {
  const file = fileOf(path, request, "");
  const asked = new URL(request.url).searchParams;
  const code = (asked.get("code") ?? undefined) as ErrorCode | undefined;
  const fill: Try = {
    language: file.includes(".vi.") ? "vi" : "en",
    done: asked.get("done") ?? undefined,
    ...code === undefined ? {} : { code },
    ...tried,
  };
  const page = FILLED[path]?.(await Deno.readTextFile(file), fill) ?? "";
  return new Response(page, {
    status: fill.code === undefined ? 200 : 401,
    headers: { "content-type": TYPES["html"] ?? "" },
  });
}

async function answerForm(path: string, request: Request): Promise<Response> {
  const headers = new Headers();
  if (path === "/logout") {
    headers.set("location", "/index.html");
    headers.set("set-cookie", "auth=; Path=/; Max-Age=0");
    return new Response(null, { status: 303, headers });
  }
  const form = await request.formData();
  const username = String(form.get("username"));
  if (form.get("password") !== "password") {
    const code = "wrong-credentials";
    return await filledPage("/login.html", request, { username, code });
  }
  headers.set("location", "/index.html");
  headers.set("set-cookie", "auth=true; Path=/");
  return new Response(null, { status: 303, headers });
}

/** The preview's pages as a handler of requests. */
export async function previewHandler(): Promise<
  (request: Request) => Promise<Response>
> {
  const outDir = await Deno.makeTempDir({ prefix: "weaprous-preview-" });
  await bundle(outDir);
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST") return await answerForm(pathname, request);
    if (pathname === "/me") {
      const known = request.headers.get("cookie")?.includes("auth=true");
      return known
        ? Response.json({ username: "admin" })
        : Response.json({ error: { code: "unauthorized" } }, { status: 401 });
    }
    if (Object.hasOwn(FILLED, pathname)) {
      return await filledPage(pathname, request);
    }
    const file = fileOf(pathname, request, outDir);
    const type = TYPES[file.split(".").at(-1) ?? ""] ?? "text/plain";
    try {
      const body = await Deno.readFile(file);
      const headers = {
        "content-type": type,
        "content-security-policy": "default-src 'self'; img-src 'self' blob:",
      };
      return new Response(body, { headers });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      const body = await Deno.readFile(fileOf("/404.html", request, outDir));
      const headers = { "content-type": TYPES["html"] ?? "" };
      return new Response(body, { status: 404, headers });
    }
  };
}

if (import.meta.main) {
  const port = Number(Deno.args[0] ?? "8090");
  Deno.serve({ port, hostname: "127.0.0.1" }, await previewHandler());
}
