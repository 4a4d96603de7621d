/** The login page filled in. @module */
import assert from "node:assert/strict";
import { fillLoginPage } from "../../lib/site/login_page.ts";

const PAGE = '<!--login-error--><b title="{{next}}"><i title="{{username}}">';
const LANGUAGE = "en" as const;

Deno.test("fillLoginPage() leaves nothing of its marks on a first visit", () => {
  assert.equal(
    fillLoginPage(PAGE, { next: "/chat.html", language: LANGUAGE }),
    '<b title="/chat.html"><i title="">',
  );
});

Deno.test("fillLoginPage() gives back the typed name, escaped", () => {
  const username = `"><script>&'$&`;
  const page = fillLoginPage(PAGE, { next: "/", username, language: LANGUAGE });
  assert.match(
    page,
    /<i title="&quot;&gt;&lt;script&gt;&amp;&#39;\$&amp;">$/,
  );
});

Deno.test("fillLoginPage() leaves the box as the person left it", () => {
  const box = '<input name="keep" {{ keep }}>';
  const fill = { next: "/", language: LANGUAGE };
  assert.equal(fillLoginPage(box, fill), '<input name="keep" >');
  assert.equal(
    fillLoginPage(box, { ...fill, keep: true }),
    '<input name="keep" checked>',
  );
});

Deno.test("fillLoginPage() takes no mark out of what was typed", () => {
  const fill = { next: "{{username}}", username: "<!--login-error-->{{next}}" };
  assert.equal(
    fillLoginPage(PAGE, { ...fill, language: LANGUAGE }),
    '<b title="{{username}}"><i title="&lt;!--login-error--&gt;{{next}}">',
  );
});

Deno.test("the login pages have every mark once, in both languages", async () => {
  const root = `${import.meta.dirname}/../../www`;
  const pages = await Promise.all(["login.html", "login.vi.html"]
    .map((name) => Deno.readTextFile(`${root}/${name}`)));
  for (const page of pages) {
    const marks = ["<!--login-error-->", "{{next}}", "{{username}}"];
    marks.push("<!--signed-in-->");
    for (const mark of [...marks, 'name="keep" {{ keep }}']) {
      assert.equal(page.split(mark).length, 2, mark);
    }
  }
});
