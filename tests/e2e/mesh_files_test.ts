/**
 * Files between real browsers, and between them and a terminal, each way: what
 * arrives has the bytes that were sent.
 * @module
 */
import assert from "node:assert/strict";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import type { BrowserName } from "../tools/browser_paths.ts";
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { filesLabScript, lab, openFilesLab } from "../tools/files_pages.ts";
import { home, peer, running } from "../tools/peer_process.ts";
import { TestSystem } from "../tools/services.ts";

/** Many pieces, and a rest. */
const BYTES = 5 * 1024 * 1024 + 77;
const USER = ["--user", "admin"];

async function digestOf(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return encodeBase64Url(new Uint8Array(digest));
}

browserTest(
  "Chromium and Firefox fetch each other's files",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    await using firefox = await launchBrowser("firefox");
    const script = await filesLabScript();
    const left = await openFilesLab(chromium, system.origin, script);
    const right = await openFilesLab(firefox, system.origin, script);
    await Promise.all([left, right].map((page) => lab(page, "meet", "admin")));
    for (
      const [count, [from, to]] of [[left, right], [right, left]].entries()
    ) {
      if (from === undefined || to === undefined) continue;
      await lab(from, "share", BYTES + count);
      await lab(to, "knows", count + 1);
      await lab(to, "fetch");
      assert.equal(await lab(to, "digest"), await lab(from, "digest"));
    }
  },
);

for (const name of ["chromium", "firefox"] satisfies BrowserName[]) {
  browserTest(
    `A terminal and ${name} fetch each other's files`,
    [name],
    async () => {
      const dir = await Deno.makeTempDir({ prefix: "weaprous-files-" });
      await using system = await TestSystem.start();
      await using browser = await launchBrowser(name);
      const script = await filesLabScript();
      const page = await openFilesLab(browser, system.origin, script);
      await using receiver = running(
        [system.origin, "recv-files", dir, ...USER, "--json"],
        home(),
      );
      await lab(page, "meet", "admin");
      await lab(page, "share", BYTES);
      const { path } = JSON.parse(await receiver.line(/bench/));
      const sent = await lab(page, "digest");
      assert.equal(`bench.bin ${await digestOf(path)}`, sent);
      const reply = `${dir}/reply.bin`;
      await Deno.writeFile(
        reply,
        crypto.getRandomValues(new Uint8Array(60_000)),
      );
      const sending = peer([
        ...[system.origin, "send", ...USER, "--file", reply, "--to", "2"],
        ...["--timeout", "60s"],
      ]);
      await lab(page, "knows", 2);
      await lab(page, "fetch");
      assert.equal(
        await lab(page, "digest"),
        `reply.bin ${await digestOf(reply)}`,
      );
      assert.deepEqual(await sending, { code: 0, out: "", error: "" });
      await Deno.remove(dir, { recursive: true });
    },
  );
}
