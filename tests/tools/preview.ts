/**
 * Serves the pages on a FakeChat, to look at them in every situation:
 * `deno run -A tests/tools/preview.ts [port]`, then /chat.html?scene=busy.
 * Any login with the password "password" is right.
 * @module
 */

import { fillLoginPage, type LoginFill } from "../../lib/site/login_page.ts";

/** Script in the page -> what it is bundled from. */
const BUNDLES: Record<string, string> = {
  "/static/js/index.js": "lib/ui/entry_index.tsx",
  "/static/js/account.js": "lib/ui/entry_account.tsx",
  "/static/js/chat.js": "tests/tools/preview_chat.ts",
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
      ...Object.values(BUNDLES),
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

async function loginPage(
  request: Request,
  { username, code }: Pick<LoginFill, "username" | "code">,
): Promise<Response> {
  const file = fileOf("/login.html", request, "");
  const language = file.includes(".vi.") ? "vi" : "en";
  const fill = { next: "/chat.html", username, code, language } as const;
  const page = fillLoginPage(await Deno.readTextFile(file), fill);
  return new Response(page, {
    status: code === undefined ? 200 : 401,
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
    return await loginPage(request, { username, code: "wrong-credentials" });
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
    if (pathname === "/login.html") return await loginPage(request, {});
    const file = fileOf(pathname, request, outDir);
    const type = TYPES[file.split(".").at(-1) ?? ""] ?? "text/plain";
    try {
      const body = await Deno.readFile(file);
      const headers = {
        "content-type": type,
        "content-security-policy": "default-src 'self'",
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
