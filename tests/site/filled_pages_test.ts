/** The pages that the server fills in, and what could be smuggled into them. @module */
import assert from "node:assert/strict";
import { fillAccountPage } from "../../lib/site/account_page.ts";
import { fillMarks } from "../../lib/site/fill.ts";
import type { ErrorCode } from "../../lib/wire/wire_error.ts";
import { fillJoinPage } from "../../lib/site/join_page.ts";

const EVIL = `"><script>&'$&<!--sessions-->{{user}}`;
const ESCAPED =
  "&quot;&gt;&lt;script&gt;&amp;&#39;$&amp;&lt;!--sessions--&gt;{{user}}";

Deno.test("fillMarks() fills in one pass, and leaves marks that it does not know", () => {
  const page = "<!--list--> {{name}} {{ name }} <!--other--> {{constructor}}";
  const fill = { text: { name: EVIL }, markup: { list: "<li>{{name}}" } };
  assert.equal(
    fillMarks(page, fill),
    `<li>{{name}} ${ESCAPED} ${ESCAPED} <!--other--> {{constructor}}`,
  );
});

Deno.test("fillJoinPage() gives back name and invitation, escaped", () => {
  const page =
    '<i title="{{invite}}"><b title="{{username}}"><!--join-error-->';
  const fill = { invite: EVIL, username: EVIL, language: "en" } as const;
  assert.equal(
    fillJoinPage(page, fill),
    `<i title="${ESCAPED}"><b title="${ESCAPED}">`,
  );
});

Deno.test("a refusal says which field it is about, where it is about one", () => {
  const language = "en";
  const join = (code: ErrorCode) =>
    fillJoinPage("<!--join-error-->", { invite: "", code, language });
  const account = (code: ErrorCode) =>
    fillAccountPage("<!--account-error-->", {
      user: "Mai",
      sessions: [],
      code,
      language,
    });
  assert.match(join("username-taken"), / data-about="username">/);
  assert.match(join("bad-username"), / data-about="username">/);
  assert.match(join("password-repeats"), / data-about="password">/);
  assert.match(join("unavailable"), /role="alert">/);
  assert.match(account("wrong-password"), / data-about="current">/);
  assert.match(account("password-too-short"), / data-about="chosen">/);
  assert.match(account("too-many-requests"), /role="alert">/);
});

Deno.test("fillAccountPage() escapes whatever a browser or an address claims", () => {
  const session = {
    id: EVIL,
    browser: { name: EVIL, system: EVIL },
    address: EVIL,
    createdAt: 0,
    seenAt: 60_000,
    current: false,
  };
  const page = fillAccountPage("<!--account-done--><!--sessions-->", {
    user: "Mai",
    sessions: [session],
    done: "constructor",
    language: "en",
  });
  assert.doesNotMatch(page, /<script|role="status"/);
  assert.equal(page.split(ESCAPED).length, 8);
  assert.match(
    page,
    /<time datetime="1970-01-01T00:01:00.000Z">1 Jan 1970, 00:01 UTC</,
  );
});

Deno.test("fillAccountPage() says where a person is logged in, in both languages", () => {
  const session = {
    id: "x",
    browser: { name: "Firefox", system: "" },
    address: "::1",
    createdAt: 0,
    seenAt: 0,
    current: true,
  };
  const parts = "<!--sessions--><!--others--><!--account-error-->";
  const fill = { user: "Mai", sessions: [session] };
  const english = fillAccountPage(parts, { ...fill, language: "en" });
  assert.match(english, /<bdi>Firefox<\/bdi> <span [^>]*>this browser</);
  assert.match(english, /You are logged in nowhere else\./);
  assert.doesNotMatch(english, /<form|role="alert"/);
  const code = "password-common";
  const sessions = [session, { ...session, current: false }];
  const vietnamese = fillAccountPage(parts, {
    user: "Mai",
    sessions,
    code,
    language: "vi",
  });
  assert.match(vietnamese, /trình duyệt này/);
  assert.match(vietnamese, /action="\/account\/sessions\/end-others"/);
  assert.match(vietnamese, /role="alert"[^>]*>Mật khẩu này nằm trong số/);
});

Deno.test("the pages that are filled in have every mark, in both languages", async () => {
  const root = `${import.meta.dirname}/../../www`;
  const marks = {
    join: [
      "<!--join-error-->",
      "<!--signed-in-->",
      "{{invite}}",
      "{{username}}",
    ],
    account: [
      "<!--account-done-->",
      "<!--account-error-->",
      "<!--sessions-->",
      "<!--others-->",
      "{{user}}",
    ],
  };
  const pages = Object.entries(marks).flatMap(([name, wanted]) =>
    [`${name}.html`, `${name}.vi.html`].map((file) => [file, wanted] as const)
  );
  await Promise.all(pages.map(async ([file, wanted]) => {
    const page = await Deno.readTextFile(`${root}/${file}`);
    for (const mark of wanted) {
      assert.ok(page.includes(mark), `${file} ${mark}`);
    }
  }));
});
