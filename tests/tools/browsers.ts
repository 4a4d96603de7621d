/**
 * Real browsers for tests: Chromium over CDP, Firefox over WebDriver BiDi, each
 * with a profile of its own. Whatever was opened is closed at the end of the
 * test, also of one that failed.
 * @module
 */
import puppeteer, {
  type Browser,
  type BrowserContextOptions,
  type LaunchOptions,
} from "puppeteer-core";
import { type Finder, findInMarkup, findInTree } from "./accessible.ts";
import { type BrowserName, browserPath, missing } from "./browser_paths.ts";
import { TestPage } from "./test_page.ts";

/** A start of a browser, and a wait for something on a page. */
const LAUNCH_MS = 60_000;

const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Nothing that Firefox would tell or ask anybody by itself. */
const FIREFOX_PREFS: Record<string, unknown> = {
  "app.update.enabled": false,
  "browser.safebrowsing.downloads.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.getAddons.cache.enabled": false,
  "media.gmp-manager.updateEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
};

export interface BrowserOptions {
  /** Host names that lead to 127.0.0.1. */
  localHosts?: string[];
  /** ICE candidates with addresses instead of mDNS names, and over loopback. */
  openIce?: boolean;
  /** As in Accept-Language; English without it. */
  language?: string;
  args?: string[];
  /** Where what is saved goes, without asking. */
  downloads?: string;
  /** A folder that is there after the browser has ended; a fresh one without. */
  profile?: string;
  /** In place of the browser itself: a script that starts it; Chromium only. */
  executable?: string;
}

function chromiumOptions(options: BrowserOptions): LaunchOptions {
  const language = options.language ?? "en-US";
  const args = [
    ...CHROMIUM_ARGS,
    `--lang=${language}`,
    `--accept-lang=${language}`,
  ];
  if (options.openIce) {
    args.push("--disable-features=WebRtcHideLocalIpsWithMdns");
  }
  const rules = (options.localHosts ?? []).map((host) =>
    `MAP ${host} 127.0.0.1`
  );
  if (rules.length > 0) args.push(`--host-resolver-rules=${rules.join(",")}`);
  // A pipe leads to a browser on another network as well.
  const pipe = options.executable !== undefined;
  return { browser: "chrome", pipe, args: [...args, ...options.args ?? []] };
}

function firefoxOptions(options: BrowserOptions): LaunchOptions {
  const prefs: Record<string, unknown> = {
    ...FIREFOX_PREFS,
    "intl.accept_languages": options.language ?? "en-US, en",
  };
  const hosts = options.localHosts ?? [];
  if (hosts.length > 0) prefs["network.dns.localDomains"] = hosts.join(",");
  if (options.openIce) {
    prefs["media.peerconnection.ice.loopback"] = true;
    prefs["media.peerconnection.ice.obfuscate_host_addresses"] = false;
  }
  if (options.downloads !== undefined) {
    prefs["browser.download.folderList"] = 2;
    prefs["browser.download.dir"] = options.downloads;
    prefs["browser.download.useDownloadDir"] = true;
    prefs["browser.download.alwaysOpenPanel"] = false;
  }
  return {
    browser: "firefox",
    extraPrefsFirefox: prefs,
    args: options.args ?? [],
  };
}

/** A running browser; `await using` closes it. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #finder: Finder;
  readonly #context: BrowserContextOptions;

  constructor(
    browser: Browser,
    finder: Finder,
    context: BrowserContextOptions = {},
  ) {
    this.#browser = browser;
    this.#finder = finder;
    this.#context = context;
  }

  /** A window of its own user: no cookie or storage shared with the others. */
  async newWindow(): Promise<TestPage> {
    const context = await this.#browser.createBrowserContext(this.#context);
    return new TestPage(await context.newPage(), this.#finder);
  }

  /** A window of the profile itself, of which the disk keeps everything. */
  async keptWindow(): Promise<TestPage> {
    return new TestPage(await this.#browser.newPage(), this.#finder);
  }

  /** Ends it as a crash would, with all its processes. */
  async crash(): Promise<void> {
    const process = this.#browser.process();
    const ended = new Promise((done) => process?.once("exit", done));
    process?.kill("SIGKILL");
    await ended;
  }

  /** One more tab of the same user. */
  async newTab(window: TestPage): Promise<TestPage> {
    const context = window.page.browserContext();
    return new TestPage(await context.newPage(), this.#finder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** Starts a browser with a fresh profile. */
export async function launchBrowser(
  name: BrowserName,
  options: BrowserOptions = {},
): Promise<TestBrowser> {
  const executablePath = options.executable ?? browserPath(name);
  if (executablePath === undefined) throw new Error(`Missing: ${name}`);
  const own = name === "chromium"
    ? chromiumOptions(options)
    : firefoxOptions(options);
  const browser = await puppeteer.launch({
    ...own,
    ...(options.profile !== undefined && { userDataDir: options.profile }),
    executablePath,
    headless: true,
    timeout: LAUNCH_MS,
    protocolTimeout: LAUNCH_MS,
  });
  if (name === "firefox") return new TestBrowser(browser, findInMarkup);
  return new TestBrowser(
    browser,
    findInTree,
    options.downloads === undefined ? {} : {
      downloadBehavior: { policy: "allow", downloadPath: options.downloads },
    },
  );
}

/** A test in real browsers; skipped, and counted so, where one is missing. */
export function browserTest(
  name: string,
  needs: BrowserName[],
  run: () => Promise<void>,
  { ignore = false }: { ignore?: boolean } = {},
): void {
  Deno.test({
    name,
    ignore: ignore || missing(...needs),
    // Puppeteer keeps timers and sockets of its own beyond close().
    sanitizeOps: false,
    sanitizeResources: false,
    fn: run,
  });
}
