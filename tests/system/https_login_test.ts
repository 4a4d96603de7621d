/** The login through a front door with TLS of its own. @module */
import assert from "node:assert/strict";
import { authority, certificateFor } from "../proxy/doors_rig.ts";
import { freePorts } from "../tools/services.ts";
import { TestProcess } from "../tools/test_process.ts";
import { form, json } from "./_door.ts";

const ADMIN = { username: "admin", password: "password" };

/** `deno task start` with one https door; `ask` trusts its certificate. */
async function withHttps(
  use: (
    ask: (path: string, init?: RequestInit) => Promise<Response>,
    origin: string,
  ) => Promise<void>,
): Promise<void> {
  const [port = 0, backend = 0, tracker = 0] = freePorts(3);
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
  const { chain, key } = await certificateFor("localhost", "127.0.0.1");
  Deno.writeTextFileSync(`${dir}/a.pem`, chain);
  Deno.writeTextFileSync(`${dir}/a.key`, key);
  Deno.writeTextFileSync(
    `${dir}/proxy.conf`,
    `listen ${port} tls;
tls_certificate ${dir}/a.pem;
tls_certificate_key ${dir}/a.key;
host "*" {
  proxy_pass http://127.0.0.1:9000;
  location /tracker/ { proxy_pass http://127.0.0.1:8000; }
}
`,
  );
  await using start = TestProcess.task(
    "start",
    `--backend-port=${backend}`,
    `--tracker-port=${tracker}`,
    `--data=${dir}/data`,
    `--config=${dir}/proxy.conf`,
  );
  await start.line(/Ctrl-C stops everything/);
  using client = Deno.createHttpClient({ caCerts: [authority.certificate] });
  const origin = `https://127.0.0.1:${port}`;
  const ask = (path: string, init: RequestInit = {}) => {
    // A variable: the types that browsers share know no client of their own.
    const withClient = { ...init, client, redirect: "manual" as const };
    return fetch(`${origin}${path}`, withClient);
  };
  try {
    await use(ask, origin);
  } finally {
    start.signalIfRunning("SIGTERM");
    await start.ended();
    Deno.removeSync(dir, { recursive: true });
  }
}

Deno.test("over https the session is bound to the host, and plain http on other ports left alone", () =>
  withHttps(async (ask, origin) => {
    const own = { origin, "sec-fetch-site": "same-origin" };
    const login = await ask("/login", form({ ...ADMIN, keep: "on" }, own));
    await login.body?.cancel();
    assert.equal(login.status, 303);
    const [session = "", hint = ""] = login.headers.getSetCookie();
    assert.match(
      session,
      /^__Host-session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    assert.match(
      hint,
      /^auth=true; Max-Age=2592000; Path=\/; Secure; SameSite=Lax$/,
    );
    // It would hold for every port of this host, those that speak http too.
    assert.equal(login.headers.get("strict-transport-security"), null);
    const [cookie = ""] = session.split(";");
    const statuses = async (cookie: string) => {
      const paths = ["/me", "/tracker/channels"];
      return await Promise.all(paths.map(async (path) => {
        const answer = await ask(path, { headers: { cookie } });
        await answer.body?.cancel();
        return answer.status;
      }));
    };
    assert.deepEqual(await statuses(cookie), [200, 200]);
    assert.deepEqual(await statuses(cookie.replace("__Host-", "")), [401, 401]);
    const foreign = [
      origin.replace("127.0.0.1", "localhost"),
      origin.replace("https:", "http:"),
    ];
    await Promise.all(foreign.map(async (origin) => {
      const refused = await ask("/login", json(ADMIN, { origin }));
      await refused.body?.cancel();
      assert.equal(refused.status, 403, origin);
    }));
    const logout = await ask("/logout", {
      method: "POST",
      headers: { ...own, cookie },
    });
    await logout.body?.cancel();
    assert.equal(logout.status, 303);
    assert.match(
      logout.headers.getSetCookie()[0] ?? "",
      /^__Host-session=; .*Secure/,
    );
    assert.deepEqual(await statuses(cookie), [401, 401]);
  }));
