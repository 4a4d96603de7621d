/** Keys and certificates in real browsers, with and without WebCrypto. @module */
import assert from "node:assert/strict";
import {
  browserTest,
  launchBrowser,
  type TestBrowser,
} from "../tools/browsers.ts";
import {
  addNetworkAccount,
  ChatWindow,
  NETWORK_ACCOUNT,
} from "../tools/chat_window.ts";
import { addLab, askLab, hasWebCrypto } from "../tools/identity_page.ts";
import { oddSignatures } from "../tools/odd_signatures.ts";
import { TestSystem } from "../tools/services.ts";
import type { TestPage } from "../tools/test_page.ts";

const SCRIPT_KEYS = "/static/js/script_keys.js";
const LAN_HOST = "chat.lan";
/** More than any page needs to draw until it has a certificate. */
const FRAMES_MAX = 1_000;

/** Logs in and stays on a page of ours that runs nothing of the chat. */
async function loggedIn(
  window: TestPage,
  origin: string,
  { user, password } = { user: "admin", password: "password" },
): Promise<void> {
  await window.open(`${origin}/login.html?next=/index.html`);
  await window.login(user, password);
}

/** The certificate of this browser, on a page that was just loaded. */
async function identified(
  window: TestPage,
  origin: string,
  user = "admin",
) {
  await window.open(`${origin}/index.html`);
  await addLab(window);
  const { certificate, isCurrent } = await askLab(
    window,
    "identify",
    user,
    SCRIPT_KEYS,
  );
  assert.equal(isCurrent, true);
  assert.equal(certificate.user, user);
  return certificate;
}

const odd = oddSignatures();
const oddInHex = odd.map(({ key, message, signature }) => ({
  key: key.toHex(),
  message: message.toHex(),
  signature: signature.toHex(),
}));

function refusedWrongly(answers: boolean[]): string[] {
  return odd.filter(({ holds }, at) => holds !== answers[at])
    .map(({ what }) => what);
}

for (const name of ["chromium", "firefox"] as const) {
  browserTest(
    `${name} keeps its certified key over a reload, where nobody can read it`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      const window = await browser.newWindow();
      await loggedIn(window, system.origin);
      assert.equal(await hasWebCrypto(window), true);
      const first = await identified(window, system.origin);
      const second = await identified(window, system.origin);
      assert.deepEqual(second, first);
      assert.equal(await askLab(window, "readOut"), "InvalidAccessError");
      const other = await browser.newWindow();
      await loggedIn(other, system.origin);
      const third = await identified(other, system.origin);
      assert.notEqual(third.key, first.key);
      window.assertClean(system.origin);
    },
  );

  browserTest(
    `${name} and the library agree on every odd signature`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      const window = await browser.newWindow();
      await window.open(`${system.origin}/index.html`);
      await addLab(window);
      for (const kind of ["native", "script"] as const) {
        const answers = await askLab(window, "verify", kind, oddInHex);
        assert.deepEqual(refusedWrongly(answers), [], kind);
      }
    },
  );

  browserTest(
    `${name} has a certified key on a plain http page, by the library`,
    [name],
    async () => {
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name, {
        localHosts: [LAN_HOST],
      });
      await addNetworkAccount(system);
      const origin = system.origin.replace("127.0.0.1", LAN_HOST);
      const window = await browser.newWindow();
      await loggedIn(window, origin, NETWORK_ACCOUNT);
      assert.equal(await hasWebCrypto(window), false);
      const { user } = NETWORK_ACCOUNT;
      const first = await identified(window, origin, user);
      const second = await identified(window, origin, user);
      assert.deepEqual(second, first);
      window.assertClean(origin);
    },
  );
}

/** The keys that the backend has certified. */
function certifiedKeys(system: TestSystem): string[] {
  const log = Deno.readTextFileSync(`${system.dataDir}/audit.log`);
  return log.split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === "device-certified")
    .map(({ key }) => key);
}

/** Opens the chat as a new browser profile, and waits for its certificate. */
async function enterCertified(browser: TestBrowser, system: TestSystem) {
  const before = certifiedKeys(system).length;
  const chat = await ChatWindow.enter(browser, system.origin);
  for (let frame = 0; frame < FRAMES_MAX; frame++) {
    if (certifiedKeys(system).length > before) break;
    await chat.window.page
      .evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)));
  }
  assert.equal(certifiedKeys(system).length, before + 1);
  return chat;
}

browserTest(
  "whoever opens the chat has a certified device, still the same after a reload",
  ["chromium"],
  async () => {
    await using system = await TestSystem.start();
    await using browser = await launchBrowser("chromium");
    const chat = await enterCertified(browser, system);
    const asked = chat.window.page.waitForResponse((response) =>
      new URL(response.url()).pathname === "/identity/keys" && response.ok()
    );
    await chat.reload();
    await asked;
    const other = await enterCertified(browser, system);
    assert.equal(new Set(certifiedKeys(system)).size, 2);
    chat.assertClean();
    other.assertClean();
  },
);
