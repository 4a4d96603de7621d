import assert from "node:assert/strict";
import { Later, scriptAt } from "../../lib/ui/later.ts";

/** A script that can be loaded only while the server is there. */
function lateScript() {
  const server = { there: true, asked: 0 };
  const later = new Later(() => {
    server.asked++;
    return server.there
      ? Promise.resolve("part")
      : Promise.reject(new TypeError("Failed to fetch"));
  });
  return { server, later };
}

Deno.test("Later loads once, however many ask", async () => {
  const { server, later } = lateScript();
  assert.equal(later.part.value, undefined);
  assert.deepEqual(await Promise.all([later.load(), later.load()]), [
    "part",
    "part",
  ]);
  assert.equal(await later.load(), "part");
  assert.equal(later.part.value, "part");
  assert.equal(server.asked, 1);
});

Deno.test("Later says that it could not load, and tries again for the next who asks", async () => {
  const { server, later } = lateScript();
  server.there = false;
  assert.equal(await later.load(), undefined);
  assert.equal(later.failed.value, true);
  server.there = true;
  assert.equal(await later.load(), "part");
  assert.equal(later.failed.value, false);
  assert.equal(server.asked, 2);
});

Deno.test("scriptAt() asks under another address once it could not be loaded", async () => {
  const asked: string[] = [];
  const load = scriptAt("/parts.js", (url) => {
    asked.push(url);
    return asked.length < 3
      ? Promise.reject(new TypeError("Failed to fetch"))
      : Promise.resolve("part");
  });
  await assert.rejects(load());
  await assert.rejects(load());
  assert.equal(await load(), "part");
  assert.deepEqual(asked, [
    "/parts.js",
    "/parts.js?again=1",
    "/parts.js?again=2",
  ]);
});
