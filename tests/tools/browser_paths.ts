/**
 * The browsers that the tests drive: where they are, and how they get there.
 * @module
 */

export type BrowserName = "chromium" | "firefox";

export const BROWSER_NAMES: readonly BrowserName[] = ["chromium", "firefox"];

const PLACES: Record<BrowserName, string[]> = {
  chromium: ["/usr/bin/chromium", "/usr/bin/google-chrome"],
  firefox: ["/usr/bin/firefox-esr", "/usr/bin/firefox"],
};

const DEBIAN_PACKAGES: Record<BrowserName, string> = {
  chromium: "chromium",
  firefox: "firefox-esr",
};

const APT_GET = "/usr/bin/apt-get";

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The browser's executable; undefined where it is not installed. */
export function browserPath(name: BrowserName): string | undefined {
  return PLACES[name].find(exists);
}

/** Whether a test that needs these browsers has to be skipped. */
export function missing(...names: BrowserName[]): boolean {
  return names.some((name) => browserPath(name) === undefined);
}

async function aptGet(...args: string[]): Promise<void> {
  const { code } = await new Deno.Command(APT_GET, {
    args,
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
  }).spawn().status;
  if (code !== 0) throw new Error(`apt-get ${args[0]} ended with ${code}`);
}

/**
 * Installs what is missing where that can be done without asking: as root, on
 * Debian and its kin. Returns the browsers that are missing afterwards.
 */
export async function installBrowsers(): Promise<BrowserName[]> {
  const absent = BROWSER_NAMES.filter((name) => missing(name));
  if (absent.length === 0) return [];
  if (Deno.uid() !== 0 || !exists(APT_GET)) return absent;
  const packages = absent.map((name) => DEBIAN_PACKAGES[name]);
  await aptGet("update");
  await aptGet("install", "--yes", "--no-install-recommends", ...packages);
  return absent.filter((name) => missing(name));
}
