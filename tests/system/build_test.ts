import assert from "node:assert/strict";
import { TestProcess } from "../tools/test_process.ts";

Deno.test("two builds at once both succeed, and leave whole scripts only", async () => {
  await using first = TestProcess.task("build", "--force");
  await using second = TestProcess.task("build", "--force");
  for (const build of [first, second]) {
    assert.equal((await build.ended()).code, 0, build.text);
    assert.match(build.text, /^static\/js\/chat\.js +\d+ bytes +\d+ gzip$/m);
    assert.match(build.text, /^whole client +\d+ bytes +\d+ gzip$/m);
  }
  const files = [...Deno.readDirSync("static/js")].map(({ name }) => name);
  assert.deepEqual(files.filter((name) => !name.endsWith(".js")), []);
});

Deno.test("a build of what has not changed does nothing", async () => {
  const builtAt = () => Deno.statSync("static/js/chat.js").mtime?.getTime();
  await using first = TestProcess.task("build");
  await first.ended();
  const before = builtAt();
  await using second = TestProcess.task("build");
  assert.equal((await second.ended()).code, 0);
  assert.match(second.text, /up to date/);
  assert.equal(builtAt(), before);
});

Deno.test("a build makes a lost chunk anew, and removes what no page loads any more", async () => {
  const files = () =>
    [...Deno.readDirSync("static/js")].map(({ name }) => name);
  const chunk = files().find((name) => name.startsWith("chunk-"));
  assert.ok(chunk);
  Deno.removeSync(`static/js/${chunk}`);
  Deno.writeTextFileSync("static/js/chunk-OLDONE22.js", "");
  await using build = TestProcess.task("build");
  assert.equal((await build.ended()).code, 0, build.text);
  assert.ok(files().includes(chunk));
  assert.ok(!files().includes("chunk-OLDONE22.js"));
});
