// deno-lint-ignore-file no-await-in-loop -- one page takes the pictures in turn
/**
 * Takes pictures of every page and scene, wide and narrow, light and dark:
 * `deno run -A tests/tools/preview_shots.ts OUT_DIR [name…]`; a name picks the
 * pictures whose file names contain it.
 * @module
 */
import puppeteer, {
  type Browser,
  type ElementHandle,
  type Page,
} from "puppeteer-core";
import { previewHandler } from "./preview.ts";

interface Shot {
  name: string;
  path: string;
  host?: string;
  loggedIn?: boolean;
  act?: (page: Page) => Promise<void>;
}

const CHROMIUM = "/usr/bin/chromium";
const PLAIN_HOST = "chat.lan";

const VIEWS = {
  wide: { width: 1280, height: 800, isMobile: false, hasTouch: false },
  narrow: { width: 390, height: 844, isMobile: true, hasTouch: true },
};

function clickOn(label: string): (page: Page) => Promise<void> {
  return async (page) => await page.locator(`aria/${label}`).click();
}

/** Shows the actions of a message, as the screen's kind has it. */
function pointAt(text: string): (page: Page) => Promise<void> {
  return async (page) => {
    const line = page.locator(`.message ::-p-text(${text})`);
    if (page.viewport()?.hasTouch !== true) return await line.hover();
    const handle = await line.waitHandle();
    await handle.tap();
  };
}

function scrollTo(selector: string): (page: Page) => Promise<void> {
  return async (page) => {
    await page.locator(selector).wait();
    await page.$eval(selector, (one) => one.scrollIntoView());
    await pause(200);
  };
}

/** A file over the page, not let go yet. */
const HOLD_FILE = `
  const data = new DataTransfer();
  data.items.add(new File(["x"], "x.txt"));
  document.dispatchEvent(
    new DragEvent("dragover", { dataTransfer: data, cancelable: true }),
  )`;
const DROP_FOLDER = `(() => {
  const event = new DragEvent("drop", { dataTransfer: new DataTransfer() });
  Object.defineProperty(event, "dataTransfer", { value: {
    types: ["Files"],
    files: [],
    items: [{ webkitGetAsEntry: () => ({ isDirectory: true, name: "photos" }) }],
  }});
  document.dispatchEvent(event);
})()`;

function chat(scene: string, extra: Partial<Shot> = {}): Shot {
  return { name: `chat-${scene}`, path: `/chat.html?scene=${scene}`, ...extra };
}

const SHOTS: Shot[] = [
  { name: "index", path: "/index.html" },
  { name: "index-known", path: "/index.html", loggedIn: true },
  { name: "index-vi", path: "/index.html?lang=vi" },
  { name: "login", path: "/login.html" },
  { name: "login-vi", path: "/login.html?lang=vi" },
  { name: "login-plain", path: "/login.html", host: PLAIN_HOST },
  {
    name: "login-wrong",
    path: "/login.html",
    async act(page) {
      await page.type("#username", "admin");
      await page.type("#password", "wrong");
      await page.keyboard.press("Enter");
      await page.waitForSelector("[aria-invalid=true]");
    },
  },
  { name: "join", path: "/join.html" },
  { name: "join-vi", path: "/join.html?lang=vi" },
  { name: "join-refused", path: "/join.html?code=username-taken" },
  { name: "not-invited", path: "/not-invited.html" },
  { name: "account", path: "/account.html" },
  { name: "account-vi", path: "/account.html?lang=vi" },
  { name: "account-done", path: "/account.html?done=password" },
  { name: "account-refused", path: "/account.html?code=wrong-password" },
  { name: "missing", path: "/nope" },
  { name: "missing-vi", path: "/nope?lang=vi" },
  chat("in-the-middle"),
  chat("in-the-middle", {
    name: "chat-compare",
    async act(page) {
      const { width } = page.viewport() ?? { width: 0 };
      if (width < 1024) await clickOn("Show people")(page);
      await clickOn("Compare with bob")(page);
      await page.waitForSelector("dialog[open]");
    },
  }),
  chat("in-the-middle", {
    name: "chat-in-the-middle-vi",
    path: "/chat.html?scene=in-the-middle&lang=vi",
  }),
  chat("empty"),
  chat("loading"),
  chat("busy"),
  chat("large", {
    act: (page) =>
      page.evaluate(() => {
        document.querySelector(".people-more")?.scrollIntoView();
      }),
  }),
  chat("busy", { name: "chat-vi", path: "/chat.html?scene=busy&lang=vi" }),
  chat("busy", { name: "chat-plain", host: PLAIN_HOST }),
  chat("busy", {
    name: "chat-plain-vi",
    path: "/chat.html?scene=busy&lang=vi",
    host: PLAIN_HOST,
  }),
  chat("busy", {
    name: "chat-create",
    async act(page) {
      const { width } = page.viewport() ?? { width: 0 };
      if (width < 760) await clickOn("Show channels")(page);
      await clickOn("+ Create Channel")(page);
      await page.locator("aria/Channel name").fill("two words");
      await clickOn("Create")(page);
    },
  }),
  chat("busy", {
    name: "chat-people",
    async act(page) {
      const { width } = page.viewport() ?? { width: 0 };
      if (width < 760) await clickOn("Show people")(page);
      await pause(100);
    },
  }),
  chat("busy", {
    name: "chat-toolong",
    act: async (page) =>
      await page.locator("textarea").fill("Đây là một câu dài. ".repeat(420)),
  }),
  chat("busy", {
    name: "chat-alone",
    async act(page) {
      const { width } = page.viewport() ?? { width: 0 };
      if (width < 760) await clickOn("Show channels")(page);
      await clickOn("#random")(page);
      await pause(100);
    },
  }),
  chat("busy", {
    name: "chat-channels",
    async act(page) {
      const { width } = page.viewport() ?? { width: 0 };
      if (width < 760) await clickOn("Show channels")(page);
      await pause(100);
    },
  }),
  chat("many", {
    name: "chat-many",
    async act(page) {
      await page.evaluate(`document.querySelector(".log").scrollTop = 4000`);
      await pause(200);
      await page.evaluate(`preview.say("general", "bob", "Did you see?");
        preview.setChannel("lớp-12a");
        preview.say("lớp-12a", "linh", "Chào cả lớp");`);
    },
  }),
  chat("files"),
  chat("files", { name: "files-vi", path: "/chat.html?scene=files&lang=vi" }),
  chat("files", { name: "files-top", act: scrollTo(".file") }),
  chat("files", {
    name: "files-large",
    async act(page) {
      await scrollTo(".file")(page);
      await page.locator(".picture-button").click();
      await pause(200);
    },
  }),
  chat("files", {
    name: "files-sending",
    async act(page) {
      await page.evaluate("preview.files.sent = new Promise(() => {}); 0");
      const field = await page.$("input[type=file]") as ElementHandle<
        HTMLInputElement
      >;
      await field.uploadFile("README.md", "static/img/screenshot.png");
      await page.evaluate(DROP_FOLDER);
      await pause(200);
    },
  }),
  chat("files", {
    name: "files-drop",
    act: async (page) => {
      await page.evaluate(HOLD_FILE);
      await pause(100);
    },
  }),
  chat("lively"),
  chat("lively", {
    name: "lively-vi",
    path: "/chat.html?scene=lively&lang=vi",
  }),
  chat("lively", { name: "lively-actions", act: pointAt("Sau đó") }),
  chat("lively", {
    name: "lively-emoji",
    async act(page) {
      await pointAt("Try it!")(page);
      await clickOn("React with another emoji")(page);
      await pause(100);
    },
  }),
  chat("lively", {
    name: "lively-remove",
    async act(page) {
      await pointAt("Try it!")(page);
      await clickOn("Delete")(page);
      await pause(100);
    },
  }),
  chat("lively", {
    name: "lively-reply",
    async act(page) {
      await pointAt("Sau đó")(page);
      await clickOn("Reply")(page);
      await page.locator("textarea").fill("Đúng rồi.");
    },
  }),
  chat("lively", {
    name: "lively-edit",
    async act(page) {
      await page.focus("textarea");
      await page.keyboard.press("ArrowUp");
      await pause(100);
    },
  }),
  chat("lively", {
    name: "lively-names",
    async act(page) {
      await page.focus(".reaction");
      await page.keyboard.press("Shift");
      await page.hover(".reaction");
    },
  }),
  ...[
    "no-tracker",
    "no-server",
    "no-peer",
    "signed-out",
    "no-webrtc",
    "storage-off",
    "fork",
    "start-failed",
    "long-names",
  ].map((scene) => chat(scene)),
];

async function open(
  browser: Browser,
  [view, scheme]: [keyof typeof VIEWS, string],
): Promise<Page> {
  const page = await browser.newPage();
  await page.setViewport(VIEWS[view]);
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  return page;
}

async function take(
  page: Page,
  { shot, port, file }: { shot: Shot; port: number; file: string },
): Promise<void> {
  const origin = `http://${shot.host ?? "127.0.0.1"}:${port}`;
  // A cookie can be set from a page of the same host only.
  await page.goto(`${origin}/static/img/logo.svg`);
  const age = shot.loggedIn === true ? "" : "; Max-Age=0";
  await page.evaluate(`document.cookie = "auth=true; Path=/${age}"`);
  await page.goto(`${origin}${shot.path}`);
  await pause(150);
  await shot.act?.(page);
  await page.screenshot({ path: file });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function launch(): Promise<Browser> {
  return await puppeteer.launch({
    executablePath: CHROMIUM,
    userDataDir: await Deno.makeTempDir({ prefix: "weaprous-chromium-" }),
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`,
    ],
  });
}

async function main(outDir: string, wanted: string[]): Promise<void> {
  await Deno.mkdir(outDir, { recursive: true });
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    await previewHandler(),
  );
  const { port } = server.addr;
  const browser = await launch();
  for (const scheme of ["light", "dark"]) {
    for (const view of ["wide", "narrow"] as const) {
      const page = await open(browser, [view, scheme]);
      for (const shot of SHOTS) {
        const file = `${outDir}/${shot.name}-${view}-${scheme}.png`;
        const picked = wanted.length === 0 ||
          wanted.some((part) => file.includes(part));
        if (picked) await take(page, { shot, port, file });
      }
      await page.close();
    }
  }
  await browser.close();
  await server.shutdown();
}

if (import.meta.main) {
  const [outDir = "weaprous-shots", ...wanted] = Deno.args;
  await main(outDir, wanted);
}
