/**
 * Pictures of the real pages with real people in them: the three services, a
 * few accounts, a talk between Chromium and Firefox.
 *
 * `deno run -A tests/tools/screenshots.ts OUT_DIR` writes every page at 1280 and
 * 390 pixels, light and dark; `chat-1280-light.png` is the README's.
 * @module
 */
import { Passwords } from "../../lib/auth/password.ts";
import { openDatabase } from "../../lib/auth/database.ts";
import { SqliteAccounts } from "../../lib/auth/sqlite_accounts.ts";
import { launchBrowser } from "./browsers.ts";
import { ChatWindow } from "./chat_window.ts";
import { TestSystem } from "./services.ts";

const PASSWORD = "only for pictures";
const PEOPLE = ["Minh Anh", "Linh", "Bao"];
const WIDTHS = [[1280, 800], [390, 844]] as const;
const SCHEMES = ["light", "dark"] as const;

async function addPeople(dataDir: string): Promise<void> {
  const database = openDatabase(dataDir);
  const accounts = new SqliteAccounts(database);
  const passwordHash = await new Passwords().hash(PASSWORD);
  for (const username of PEOPLE) {
    const createdAt = Date.now();
    accounts.create({
      username,
      passwordHash,
      shipped: false,
      disabled: false,
      createdAt,
    });
  }
  database.close();
}

const as = (user: string) => ({ user, password: PASSWORD });

/** A talk of three, each message seen by the others before the next. */
async function talk(windows: Record<string, ChatWindow>): Promise<void> {
  const lines = [
    ["Minh Anh", "Chào cả lớp! Is everyone in? ☀️"],
    ["Linh", "Here, from Firefox on the old laptop."],
    ["Bao", "Here too. Where does this go, a server somewhere?"],
    [
      "Linh",
      "No. From my browser straight to yours, the mark shows who has it.",
    ],
    ["Minh Anh", "So if I pull the server's plug now… 🔌"],
    ["Bao", "…thì cả lớp vẫn nói chuyện tiếp!"],
  ] as const;
  for (const [user, text] of lines) {
    await windows[user]?.say(text);
    await Promise.all(
      Object.values(windows).map((window) => window.sees(text)),
    );
  }
}

/** What people do to messages besides writing them. */
async function goOn(windows: Record<string, ChatWindow>): Promise<void> {
  await windows["Linh"]?.act("Is everyone in?", "React with ❤️");
  await windows["Bao"]?.act("Is everyone in?", "React with ❤️");
  await windows["Minh Anh"]?.act("straight to yours", "React with 👍");
  await windows["Linh"]?.act("pull the server", "Reply");
  await windows["Linh"]?.say("Go on, we are linked already.");
  const all = Object.values(windows);
  await Promise.all(all.map((one) => one.sees("linked already.")));
  await Promise.all(
    all.flatMap(({ window }) => [
      window.find("button", "👍 from Minh Anh"),
      window.find("button", "❤️ from Linh and Bao"),
    ]),
  );
  // No mouse in the picture.
  await Promise.all(all.map(({ window }) => window.page.mouse.move(0, 0)));
}

async function shoot(
  { window }: ChatWindow,
  name: string,
  outDir: string,
): Promise<void> {
  const { page } = window;
  for (const [width, height] of WIDTHS) {
    for (const scheme of SCHEMES) {
      await page.emulateMediaFeatures([
        { name: "prefers-color-scheme", value: scheme },
        // A drawer on its way out would be in the picture.
        { name: "prefers-reduced-motion", value: "reduce" },
      ]);
      await page.setViewport({ width, height });
      const path = `${outDir}/${name}-${width}-${scheme}.png` as const;
      await page.screenshot({ path: path as `${string}.png` });
    }
  }
}

/** Ends what it started before it returns. */
async function main(outDir: string): Promise<void> {
  Deno.mkdirSync(outDir, { recursive: true });
  await using system = await TestSystem.start();
  await addPeople(system.dataDir);
  await using chromium = await launchBrowser("chromium");
  await using firefox = await launchBrowser("firefox");
  const { origin } = system;
  const visitor = await chromium.newWindow();
  for (const page of ["index", "login"]) {
    await visitor.open(`${origin}/${page}.html`);
    await shoot(new ChatWindow(visitor, origin), page, outDir);
  }
  const first = await ChatWindow.enterAs(chromium, origin, as("Minh Anh"));
  const windows = {
    "Minh Anh": first,
    "Linh": await ChatWindow.enterAs(firefox, origin, as("Linh")),
    "Bao": await ChatWindow.enterAs(chromium, origin, as("Bao")),
  };
  await first.createChannel("lớp-12a");
  await first.createChannel("trip-to-hue");
  await first.openChannel("general");
  await Promise.all(Object.values(windows).map((window) => window.reaches(2)));
  await talk(windows);
  await goOn(windows);
  await first.window.page.waitForFunction(
    () => !document.querySelector("[role=log]")?.textContent?.includes(" of "),
  );
  await shoot(first, "chat", outDir);
}

if (import.meta.main) {
  await main(Deno.args[0] ?? "screenshots");
  // Puppeteer leaves timers behind that would keep the process.
  Deno.exit(0);
}
