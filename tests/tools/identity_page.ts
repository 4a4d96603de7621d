/**
 * A window with tests/tools/identity_lab.ts in it. The lab is run in the page
 * by the browser's own remote control, so it needs no place on the site.
 * @module
 */
import type { TestPage } from "./test_page.ts";
import type { IdentityLab } from "./identity_lab.ts";

/** The lab as one script; bundled once. */
let bundled: Promise<string> | undefined;

async function bundle(): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--platform=browser", "--format=iife"],
      "tests/tools/identity_lab.ts",
    ],
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Puts the lab into the page that is open. */
export async function addLab({ page }: TestPage): Promise<void> {
  bundled ??= bundle();
  await page.evaluate(await bundled);
}

type Methods = Omit<IdentityLab, "hasWebCrypto">;

/** Calls one of the lab's functions in the page. */
export async function askLab<Name extends keyof Methods>(
  { page }: TestPage,
  name: Name,
  ...args: Parameters<Methods[Name]>
): Promise<Awaited<ReturnType<Methods[Name]>>> {
  const answer = await page.evaluate(
    (name, args) => {
      const { identityLab } = globalThis as unknown as {
        identityLab: Record<string, (...args: unknown[]) => unknown>;
      };
      return identityLab[name]?.(...args);
    },
    name,
    args as unknown[],
  );
  return answer as Awaited<ReturnType<Methods[Name]>>;
}

export async function hasWebCrypto({ page }: TestPage): Promise<boolean> {
  return await page.evaluate(() => globalThis.crypto.subtle !== undefined);
}
