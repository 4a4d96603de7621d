/**
 * Files from browser to browser: sent in one, fetched in the other and saved on
 * its disk, over a reload in between, and on a page without WebCrypto.
 * @module
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ElementHandle } from "puppeteer-core";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { addNetworkAccount, ChatWindow } from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";

const MIB = 1024 ** 2;
/** How long a file may take to come and to be on the disk. */
const SAVED_MS = 120_000;

interface Scene extends AsyncDisposable {
  system: TestSystem;
  /** A folder for files to send, and one for what Firefox saves. */
  outgoing: string;
  saved: string;
  left: ChatWindow;
  right: ChatWindow;
}

/** Chromium on the left, Firefox on the right. */
async function open({ host = "127.0.0.1" } = {}): Promise<Scene> {
  await using opened = new AsyncDisposableStack();
  const folder = async (): Promise<string> => {
    const path = await Deno.makeTempDir({ prefix: "weaprous-files-" });
    opened.defer(() => Deno.remove(path, { recursive: true }));
    return path;
  };
  const [outgoing, saved] = [await folder(), await folder()];
  const system = opened.use(await TestSystem.start());
  const chromium = opened.use(
    await launchBrowser("chromium", { localHosts: ["chat.lan"] }),
  );
  const firefox = opened.use(
    await launchBrowser("firefox", { downloads: saved }),
  );
  if (host !== "127.0.0.1") await addNetworkAccount(system);
  const origin = system.origin.replace("127.0.0.1", host);
  const left = await ChatWindow.enter(chromium, origin);
  const right = await ChatWindow.enter(firefox, system.origin);
  await Promise.all([left.reaches(1), right.reaches(1)]);
  const scene = opened.move();
  return {
    ...{ system, outgoing, saved, left, right },
    [Symbol.asyncDispose]: () => scene.disposeAsync(),
  };
}

async function makeFile(folder: string, name: string, size: number) {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  await Deno.writeFile(`${folder}/${name}`, bytes);
  return `${folder}/${name}`;
}

async function attach({ window }: ChatWindow, ...paths: string[]) {
  await window.find("button", "Attach files");
  const field = await window.page.$("input[type=file]");
  await (field as ElementHandle<HTMLInputElement>).uploadFile(...paths);
}

function hashOf(path: string): string {
  return createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return -1;
  }
}

/** Waits until the browser has written all of it under its own name. */
async function onDisk(path: string, size: number): Promise<void> {
  using watcher = Deno.watchFs(path.slice(0, path.lastIndexOf("/")));
  const deadline = setTimeout(() => watcher.close(), SAVED_MS);
  try {
    if (sizeOf(path) === size) return;
    for await (const _ of watcher) if (sizeOf(path) === size) return;
    assert.fail(`${path} has ${sizeOf(path)} bytes of ${size}`);
  } finally {
    clearTimeout(deadline);
  }
}

/** Waits until a button with this name is there, for as long as a file takes. */
async function findLate({ window }: ChatWindow, name: string) {
  await window.page.waitForFunction(
    (name) => document.querySelector(`button[aria-label="${name}"]`) !== null,
    { polling: 100, timeout: SAVED_MS },
    name,
  );
  return await window.find("button", name);
}

async function saves(
  { right, saved }: Scene,
  sent: string,
): Promise<void> {
  const name = sent.slice(sent.lastIndexOf("/") + 1);
  await (await findLate(right, `Save ${name}`)).click();
  await onDisk(`${saved}/${name}`, sizeOf(sent));
  assert.equal(hashOf(`${saved}/${name}`), hashOf(sent));
}

browserTest(
  "A file that Chromium sends is fetched by Firefox and saved, byte for byte",
  ["chromium", "firefox"],
  async () => {
    await using scene = await open();
    const { left, right, outgoing } = scene;
    const sent = await makeFile(outgoing, "báo cáo.bin", 3 * MIB);
    const page = `${outgoing}/page.html`;
    await Deno.writeTextFile(page, "<script>document.title = 'run'</script>");
    await attach(left, sent, page);
    await right.sees("báo cáo.bin");
    await right.window.click("button", "Download báo cáo.bin, 3.1 MB");
    await saves(scene, sent);
    // A page is saved like anything else, and never opened.
    await right.window.click("button", "Download page.html, 39 bytes");
    await saves(scene, page);
    assert.doesNotMatch(await right.window.page.title(), /run/);
    left.assertClean();
    right.assertClean();
  },
);

browserTest(
  "A picture comes by itself, and opens large",
  ["chromium", "firefox"],
  async () => {
    await using scene = await open();
    const { left, right } = scene;
    const path = "static/img/screenshot.png";
    await attach(left, path);
    const picture = await findLate(right, "Show screenshot.png large");
    await right.window.page.waitForFunction(() =>
      (document.querySelector<HTMLImageElement>(".picture")?.naturalWidth ??
        0) > 0
    );
    await picture.click();
    await right.window.page.waitForSelector("dialog[open] img");
    await right.window.page.keyboard.press("Escape");
    await right.window.page.waitForFunction(() =>
      document.querySelector("dialog") === null
    );
    await saves(scene, path);
    left.assertClean();
    right.assertClean();
  },
);

browserTest(
  "A download goes on after a reload, and ends whole",
  ["chromium", "firefox"],
  async () => {
    await using scene = await open();
    const { left, right, outgoing } = scene;
    const sent = await makeFile(outgoing, "long.bin", 24 * MIB);
    await attach(left, sent);
    await right.sees("long.bin");
    await right.window.click("button", "Download long.bin, 25.2 MB");
    await right.window.page.waitForFunction(() =>
      (document.querySelector("progress")?.value ?? 0) > 0
    );
    await right.reload();
    await saves(scene, sent);
  },
);

browserTest(
  "Files go both ways on a page without WebCrypto",
  ["chromium", "firefox"],
  async () => {
    await using scene = await open({ host: "chat.lan" });
    const { left, right, outgoing } = scene;
    const isSecure = () => isSecureContext;
    assert.equal(await left.window.page.evaluate(isSecure), false);
    const sent = await makeFile(outgoing, "plain.bin", MIB);
    await attach(left, sent);
    await right.sees("plain.bin");
    await right.window.click("button", "Download plain.bin, 1 MB");
    await saves(scene, sent);
    const back = await makeFile(outgoing, "back.bin", MIB);
    await attach(right, back);
    await left.sees("back.bin");
    await left.window.click("button", "Download back.bin, 1 MB");
    await findLate(left, "Save back.bin");
    left.assertClean();
  },
);
