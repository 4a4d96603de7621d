import assert from "node:assert/strict";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import type { BrowserName } from "../tools/browser_paths.ts";
import type { TestPage } from "../tools/test_page.ts";

const PAGE = `<!doctype html><html lang="en"><title>Harness</title>
<link rel="icon" href="data:,">
<form><label>Username <input name="username"></label>
<label>Password <input type="password" name="password"></label>
<button>Login</button></form>
<div role="log" aria-label="Messages"></div>
<a href="/broken">💬 Go to Chat</a>
<script>
  const log = document.querySelector("[role=log]");
  document.forms[0].onsubmit = (event) => {
    event.preventDefault();
    log.append(document.forms[0].username.value + " is here");
  };
  const connection = new RTCPeerConnection();
  const channel = connection.createDataChannel("talk", { negotiated: true, id: 0 });
  channel.onmessage = ({ data }) => log.append(data);
  const gathered = async () => {
    if (connection.iceGatheringState !== "complete") {
      await new Promise((done) => connection.onicegatheringstatechange = () => {
        if (connection.iceGatheringState === "complete") done();
      });
    }
    return JSON.stringify(connection.localDescription);
  };
  globalThis.offer = async () => {
    await connection.setLocalDescription();
    return gathered();
  };
  globalThis.answer = async (theirs) => {
    await connection.setRemoteDescription(JSON.parse(theirs));
    await connection.setLocalDescription();
    return gathered();
  };
  globalThis.accept = (theirs) => connection.setRemoteDescription(JSON.parse(theirs));
  globalThis.say = async (text) => {
    if (channel.readyState !== "open") await new Promise((done) => channel.onopen = done);
    channel.send(text);
  };
</script></html>`;

const CHAT_LINK = "💬 Go to Chat";

interface Talk {
  offer(): Promise<string>;
  answer(theirs: string): Promise<string>;
  accept(theirs: string): Promise<void>;
  say(text: string): Promise<void>;
}

/** Calls one of the functions that the page puts on its global object. */
function call(
  { page }: TestPage,
  name: keyof Talk,
  text: string,
): Promise<string> {
  return page.evaluate(
    (name, text) =>
      (globalThis as unknown as Record<string, (text: string) => string>)
        [name]?.(text) ?? "",
    name,
    text,
  );
}

/** Serves PAGE, and 404 for anything else, while `run` runs. */
async function withPages(
  run: (origin: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) =>
      new URL(request.url).pathname === "/"
        ? new Response(PAGE, {
          headers: { "content-type": "text/html; charset=utf-8" },
        })
        : new Response("", { status: 404 }),
  );
  try {
    await run(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

for (const name of ["chromium", "firefox"] as const satisfies BrowserName[]) {
  browserTest(
    `TestPage finds by role and name in ${name}`,
    [name],
    () =>
      withPages(async (origin) => {
        await using browser = await launchBrowser(name);
        const window = await browser.newWindow();
        await window.open(origin);
        await window.type("Username", "admin");
        await window.type("Password", "password");
        await window.click("button", "Login");
        await window.sees("admin is here");
        await window.find("link", CHAT_LINK);
        window.assertClean(origin);
      }),
  );

  browserTest(
    `TestPage collects what goes wrong in ${name}`,
    [name],
    () =>
      withPages(async (origin) => {
        await using browser = await launchBrowser(name);
        const window = await browser.newWindow();
        await window.open(origin);
        await window.page.evaluate(`console.error("from the console")`);
        await window.page.evaluate((elsewhere) => {
          setTimeout(() => {
            throw new Error("from a script");
          });
          return fetch(elsewhere, { mode: "no-cors" }).then(() => {});
        }, origin.replace("127.0.0.1", "localhost"));
        await window.click("link", CHAT_LINK);
        const errors = window.errors.join("\n");
        assert.match(errors, /from the console/);
        assert.match(errors, /from a script/);
        assert.ok(
          window.hosts.has(
            new URL(origin).host.replace("127.0.0.1", "localhost"),
          ),
        );
        assert.throws(() => window.assertClean(origin));
      }),
  );
}

browserTest("A data channel joins Chromium and Firefox", [
  "chromium",
  "firefox",
], () =>
  withPages(async (origin) => {
    await using chromium = await launchBrowser("chromium");
    await using firefox = await launchBrowser("firefox");
    const [left, right] = await Promise.all(
      [chromium, firefox].map((browser) => browser.newWindow()),
    );
    assert.ok(left && right);
    await Promise.all([left.open(origin), right.open(origin)]);
    const offer = await call(left, "offer", "");
    const answer = await call(right, "answer", offer);
    await call(left, "accept", answer);
    await call(left, "say", "hello Firefox");
    await right.sees("hello Firefox");
    await call(right, "say", "chào Chromium");
    await left.sees("chào Chromium");
    left.assertClean(origin);
    right.assertClean(origin);
  }));

browserTest("A host name can lead to this machine in Chromium", [
  "chromium",
], () =>
  withPages(async (origin) => {
    const named = origin.replace("127.0.0.1", "chat.lan");
    await using browser = await launchBrowser("chromium", {
      localHosts: ["chat.lan"],
    });
    const window = await browser.newWindow();
    await window.open(named);
    await window.find("link", CHAT_LINK);
    const secure = await window.page.evaluate(() => isSecureContext);
    assert.equal(secure, false);
    window.assertClean(named);
  }));
