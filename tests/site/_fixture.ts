/**
 * A small site in a folder of its own, and its routes with a clock that tests
 * move.
 * @module
 */
import { Hono } from "hono";
import { ManualClock } from "../../lib/clock.ts";
import { countRequests, siteRoutes } from "../../lib/site/http.ts";
import { securityHeaders } from "../../lib/site/security_headers.ts";
import { openSite } from "../../lib/site/site.ts";

/** Above the size from which compression pays. */
export const SCRIPT = `export const text = "${"chat ".repeat(400)}";\n`;

const FILES: Record<string, string> = {
  "www/index.html":
    '<link rel="stylesheet" href="/static/app.css"><a href="/login.html">',
  "www/login.html":
    '<!--signed-in--><!--login-error--><input name="next" value="{{next}}"><h1>Login</h1>',
  "www/login.vi.html":
    '<!--signed-in--><!--login-error--><input name="next" value="{{next}}"><h1>Đăng nhập</h1>',
  "www/chat.html": '<script src="/static/js/chat.js"></script>secret',
  "www/robots.txt": "User-agent: *",
  "static/app.css": 'body { background: url("/static/dot.svg") }',
  "static/dot.svg": "<svg/>",
  "static/js/chat.js": SCRIPT,
  "static/ảnh mèo.txt": "meo",
  "static/.hidden": "secret",
  "secret.txt": "secret",
};

export async function writeFiles(
  root: string,
  files: Record<string, string>,
): Promise<void> {
  await Promise.all(
    Object.entries(files).map(async ([path, text]) => {
      const folder = path.split("/").slice(0, -1).join("/");
      await Deno.mkdir(`${root}/${folder}`, { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    }),
  );
}

/** The cookie at which sessions can't be read. */
export const BROKEN = "broken";

export interface SiteFixture {
  root: string;
  clock: ManualClock;
  /** A request from this machine, logged in as what its cookie says. */
  ask(path: string, headers?: HeadersInit, method?: string): Promise<Response>;
}

/** Runs `use` on a fresh site and removes it. */
export async function withSite(
  use: (site: SiteFixture) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await writeFiles(root, FILES);
    const clock = new ManualClock();
    await use({ root, clock, ask: asker(root, clock) });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function asker(root: string, clock: ManualClock): SiteFixture["ask"] {
  const site = openSite(root, clock);
  const app = new Hono<{ Bindings: { local: boolean } }>();
  app.use(securityHeaders, countRequests(site.counters));
  app.route(
    "/",
    siteRoutes<{ local: boolean }>({
      ...site,
      sessions: {
        authenticate: ({ headers }) => {
          const user = headers.get("cookie");
          if (user === BROKEN) throw new Error("The database is away");
          return user === null ? undefined : { user };
        },
      },
      isOperator: (_request, { local }) => local,
      safeNext: (wanted) => wanted ?? "/chat.html",
    }),
  );
  return async (path, headers = {}, method = "GET") => {
    const request = new Request(`http://localhost${path}`, { headers, method });
    return await app.fetch(request, { local: !request.headers.has("via") });
  };
}

/** The path under which `page` refers to what is called `name` plus a hash. */
export function versionedPath(page: string, name: RegExp): string {
  const path = page.match(name)?.[0];
  if (path === undefined) throw new Error(`No ${name} in ${page}`);
  return path;
}
