/**
 * Pages of real browsers with files_lab.ts in them.
 * @module
 */
import type { TestBrowser } from "./browsers.ts";
import type { FilesLab } from "./files_lab.ts";
import type { TestPage } from "./test_page.ts";

type Lab = { filesLab: FilesLab };

/** Lets a page do it: `lab(page, "share", 1_000)`. */
export async function lab<Name extends keyof FilesLab>(
  { page }: TestPage,
  name: Name,
  ...args: Parameters<FilesLab[Name]>
): Promise<Awaited<ReturnType<FilesLab[Name]>>> {
  return await page.evaluate(
    (name, args) => {
      const { filesLab } = globalThis as unknown as Lab;
      // deno-lint-ignore no-explicit-any -- its arguments are that one's.
      return (filesLab[name] as any)(...args);
    },
    name,
    args,
  );
}

/** What files_lab.ts is in a page. */
export async function filesLabScript(): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--platform=browser", "--format=iife"],
      "tests/tools/files_lab.ts",
    ],
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** A page that is signed in, with the laboratory in it. */
export async function openFilesLab(
  browser: TestBrowser,
  origin: string,
  script: string,
): Promise<TestPage> {
  const window = await browser.newWindow();
  await window.open(`${origin}/login.html`);
  await window.login("admin", "password");
  await window.open(`${origin}/index.html`);
  await window.page.evaluate(script);
  return window;
}
