/**
 * Pages of other sites against who is logged in by plain http: one that a
 * sandbox has made nobody's, and one of a host below ours, which browsers let
 * plant cookies of ours.
 * @module
 */
import assert from "node:assert/strict";
import { newToken } from "../../lib/auth/sessions.ts";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import {
  addNetworkAccount,
  ChatWindow,
  NETWORK_ACCOUNT,
} from "../tools/chat_window.ts";
import { runUser } from "../operator/_user_process.ts";
import { TestSystem } from "../tools/services.ts";
import { ask, auditOf, json } from "../system/_door.ts";
import type { TestPage } from "../tools/test_page.ts";

const NAME = "chat.lan";
const EVIL = "evil.chat.lan";

/** A site of somebody else, with one page. */
function foreignSite(html: string): { port: number } & AsyncDisposable {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(html, { headers: { "content-type": "text/html" } }),
  );
  return {
    port: server.addr.port,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Whose session the window has, as the server says. */
function whoIs(window: TestPage, origin: string): Promise<string> {
  return window.page.evaluate(
    async (url) => await (await fetch(url)).text(),
    `${origin}/me`,
  );
}

browserTest(
  "A sandboxed frame on another site's page logs nobody in and nobody out",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    const { origin } = system;
    await addNetworkAccount(system);
    const before = (await auditOf(system.dataDir)).length;
    const { user, password } = NETWORK_ACCOUNT;
    const form = (action: string) =>
      `<form method=post action="${origin}${action}" id="${action.slice(1)}">` +
      `<input name=username value=${user}>` +
      `<input name=password value="${password}"></form>`;
    const frame = (action: string) => {
      const html = `${form(action)}<script>document.forms[0].submit()</script>`;
      return `<iframe sandbox="allow-scripts allow-forms" srcdoc='${html}'></iframe>`;
    };
    await using site = foreignSite(
      `<!DOCTYPE html><title>evil</title>${frame("/login")}${frame("/logout")}`,
    );
    for (const name of ["chromium", "firefox"] as const) {
      await using browser = await launchBrowser(name, {
        localHosts: ["evil.example"],
      });
      const chat = await ChatWindow.enter(browser, origin);
      const evil = await chat.window.sibling();
      const answers: [path: string, status: number][] = [];
      const both = Promise.withResolvers<void>();
      evil.page.on("response", (response) => {
        const { pathname } = new URL(response.url());
        if (!response.url().startsWith(origin)) return;
        answers.push([pathname, response.status()]);
        if (answers.length === 2) both.resolve();
      });
      await evil.open(`http://evil.example:${site.port}/`);
      await both.promise;
      assert.deepEqual(answers.toSorted(), [["/login", 403], ["/logout", 403]]);
      assert.match(await whoIs(chat.window, origin), /"admin"/);
    }
    const events = (await auditOf(system.dataDir)).slice(before)
      .map(({ event, user }) => `${event} ${user}`);
    assert.deepEqual(
      events.filter((line) => /^log/.test(line)),
      ["login admin", "login admin"],
    );
  },
);

/** Has a page of the host below ours plant sessions, at those paths. */
async function plant(
  window: TestPage,
  { url, value, paths }: { url: string; value: string; paths: string[] },
): Promise<void> {
  await window.open(url);
  await window.page.evaluate(
    ({ domain, value, paths }) => {
      for (const path of paths) {
        document.cookie = `session=${value}; Domain=${domain}; Path=${path}`;
      }
    },
    { domain: NAME, value, paths },
  );
}

browserTest(
  "Sessions that a neighbouring host has planted are never adopted, and lock nobody out",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    const port = new URL(system.origin).port;
    const origin = `http://${NAME}:${port}`;
    await addNetworkAccount(system);
    const eve = { username: "eve", password: "con chó thức khuya" };
    const flags = ["--data", system.dataDir, "--password-stdin"];
    await runUser(["add", eve.username, ...flags], eve.password);
    await using site = foreignSite("<!DOCTYPE html><title>evil</title>");
    const url = `http://${EVIL}:${site.port}/`;
    const everywhere = ["/", "/chat.html", "/me", "/identity", "/tracker/"];
    for (const name of ["chromium", "firefox"] as const) {
      await using browser = await launchBrowser(name, {
        localHosts: [NAME, EVIL],
      });
      for (const paths of [["/"], everywhere]) {
        for (const isLive of [false, true]) {
          // Her own session, which works, is what would be adopted.
          const login = await ask(`${system.origin}/login`, json(eve));
          const [, live = ""] = /session=([\w-]{43})/.exec(login.cookie) ?? [];
          const value = isLive ? live : newToken();
          const window = await browser.newWindow();
          await plant(window, { url, value, paths });
          await window.open(`${origin}/login.html?next=/chat.html`);
          await window.login(NETWORK_ACCOUNT.user, NETWORK_ACCOUNT.password);
          const chat = new ChatWindow(window, origin);
          await chat.ready();
          await chat.say(`${name} is in`);
          await chat.sees(`${name} is in`);
          assert.match(await whoIs(window, origin), /"mai"/);

          // Again while she is in: she is out, is told so, and gets in anew.
          const evil = await window.sibling();
          await plant(evil, { url, value: newToken(), paths });
          await window.page.bringToFront();
          await window.open(`${origin}/chat.html`);
          await window.find("textbox", "Username");
          await window.login(NETWORK_ACCOUNT.user, NETWORK_ACCOUNT.password);
          await chat.ready();
          assert.match(await whoIs(window, origin), /"mai"/);
          await evil.close();
          await window.close();
        }
      }
    }
  },
);
