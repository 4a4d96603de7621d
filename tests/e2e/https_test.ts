/**
 * The chat by https under a name of the local network: what browsers withhold
 * from plain http is there, and everything works over HTTP/1.1 and HTTP/2 alike.
 * @module
 */
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { systemClock } from "../../lib/clock.ts";
import { certificateFor } from "../proxy/doors_rig.ts";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import {
  addNetworkAccount,
  ChatWindow,
  NETWORK_ACCOUNT,
} from "../tools/chat_window.ts";
import { httpsConf } from "../tools/https_conf.ts";
import { freePorts, TestSystem } from "../tools/services.ts";
import { within } from "../tools/test_process.ts";

const NAME = "chat.lan";

/** What Chromium is told to trust: the certificate's key, and nothing else. */
function keyHash(chain: string): string {
  const { publicKey } = new X509Certificate(chain);
  const spki = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("base64");
}

/** Waits until a line of the log matches; lines are written in batches. */
async function logHas(file: string, wanted: RegExp): Promise<void> {
  const look = async (): Promise<void> => {
    if (wanted.test(Deno.readTextFileSync(file))) return;
    await new Promise<void>((resume) => systemClock.after(50, resume));
    return look();
  };
  await within(look(), () => `No ${wanted} in ${Deno.readTextFileSync(file)}`);
}

browserTest(
  "A page open over http says that the server is reached over https now, and leads there",
  ["chromium"],
  async () => {
    const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
    const conf = await httpsConf(dir, NAME);
    await using system = await TestSystem.start({ configFile: conf.file });
    await addNetworkAccount(system);
    await using chromium = await launchBrowser("chromium", {
      localHosts: [NAME],
      args: [`--ignore-certificate-errors-spki-list=${keyHash(conf.chain)}`],
    });
    const former = system.origin.replace("127.0.0.1", NAME);
    const chat = await ChatWindow.enter(chromium, former);
    conf.redirect();
    await system.restart("proxy");
    await chat.window.sees("reached over https now", "status");
    await chat.window.click("link", "Reload the page");
    await chat.window.login(NETWORK_ACCOUNT.user, NETWORK_ACCOUNT.password);
    const there = new ChatWindow(chat.window, conf.origin);
    await there.ready();
    assert.equal(new URL(chat.window.page.url()).origin, there.origin);
    Deno.removeSync(dir, { recursive: true });
  },
);

browserTest(
  "Who is logged in over https logs in over http beside it, and out again, on the server itself",
  ["chromium"],
  async () => {
    const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
    const conf = await httpsConf(dir, NAME);
    await using system = await TestSystem.start({ configFile: conf.file });
    await using chromium = await launchBrowser("chromium", {
      args: [`--ignore-certificate-errors-spki-list=${keyHash(conf.chain)}`],
    });
    const secure = conf.origin.replace(NAME, "127.0.0.1");
    const account = { user: "admin", password: "password" };
    const there = await ChatWindow.enterAs(chromium, secure, account);
    const tab = await there.window.sibling();
    const logIn = async () => {
      await tab.open(`${system.origin}/login.html?next=/chat.html`);
      await tab.login(account.user, account.password);
      const chat = new ChatWindow(tab, system.origin);
      await chat.ready();
      return chat;
    };
    const here = await logIn();
    await here.reaches(1);
    await tab.click("button", "Log out");
    // Else the next page is asked for while this one is still being left.
    await tab.page.waitForFunction(
      () =>
        location.pathname !== "/chat.html" &&
        document.readyState === "complete",
      { polling: 50 },
    );
    await (await logIn()).reaches(1);
    await there.toFront();
    await there.reaches(1);
    Deno.removeSync(dir, { recursive: true });
  },
);

for (const [kind, protocol] of [["tls", "http/1.1"], ["tls http2", "h2"]]) {
  browserTest(
    `two windows chat over https://${NAME} by ${protocol}, in a secure context`,
    ["chromium"],
    async () => {
      const dir = Deno.makeTempDirSync({ prefix: "weaprous-" });
      const [port = 0] = freePorts(1);
      const { chain, key } = await certificateFor(NAME);
      Deno.writeTextFileSync(`${dir}/a.pem`, chain);
      Deno.writeTextFileSync(`${dir}/a.key`, key);
      const shipped = Deno.readTextFileSync("config/proxy.conf");
      const configFile = `${dir}/proxy.conf`;
      Deno.writeTextFileSync(
        configFile,
        `listen ${port} ${kind};\naccess_log ${dir}/access.log json;\ntls_certificate ${dir}/a.pem;\ntls_certificate_key ${dir}/a.key;\n${shipped}`,
      );
      await using system = await TestSystem.start({ configFile });
      await addNetworkAccount(system);
      await using chromium = await launchBrowser("chromium", {
        localHosts: [NAME],
        args: [`--ignore-certificate-errors-spki-list=${keyHash(chain)}`],
      });
      const origin = `https://${NAME}:${port}`;
      const left = await ChatWindow.enter(chromium, origin);
      const right = await ChatWindow.enter(chromium, origin);
      await Promise.all([left.reaches(1), right.reaches(1)]);
      await left.say("by https");
      await right.sees("by https");
      await right.say("both ways");
      await left.sees("both ways");
      const facts = await left.window.page.evaluate(() => {
        const [visit] = performance.getEntriesByType("navigation");
        return {
          secure: isSecureContext,
          subtle: typeof crypto.subtle?.digest,
          protocol: (visit as PerformanceNavigationTiming).nextHopProtocol,
        };
      });
      assert.deepEqual(facts, { secure: true, subtle: "function", protocol });
      left.assertClean();
      right.assertClean();
      assert.doesNotMatch(system.output("proxy"), /connection failed/);
      // News came by the tracker's WebSocket, which tells of itself at its end.
      await Promise.all([left.close(), right.close()]);
      await logHas(
        `${dir}/access.log`,
        /"target":"\/tracker\/socket.*"status":101/,
      );
      Deno.removeSync(dir, { recursive: true });
    },
  );
}
