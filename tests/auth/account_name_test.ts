/** The names that accounts may have. @module */
import assert from "node:assert/strict";
import { accountKey } from "../../lib/auth/accounts.ts";
import { accountNameOf } from "../../lib/auth/account_name.ts";
import { isUserName } from "../../lib/wire/names.ts";
import fc from "fast-check";

Deno.test("accountNameOf() brings a name into its NFKC form and keeps its case", () => {
  const names = [
    ["Mai", "Mai"],
    ["Nguyễn Văn An".normalize("NFD"), "Nguyễn Văn An"],
    ["Ａn", "An"],
    ["王小明", "王小明"],
    ["an\u00a0bình", "an bình"],
    ["a😀", "a😀"],
    ["x".repeat(32), "x".repeat(32)],
  ];
  for (const [typed = "", name] of names) {
    assert.equal(accountNameOf(typed), name);
  }
});

Deno.test("accountNameOf() refuses what is empty, too long, unseen or not one line", () => {
  const refused = [
    "",
    " mai",
    "mai ",
    "an  bình",
    "x".repeat(33),
    "ﷺ".repeat(2),
    "İ".repeat(32),
    "mai\n",
    "mai\u001b[31m",
    "\u0301a",
    "mai\ufe0f",
    "mai\u034f",
    "\u200b",
    "\u202eiam",
    "a\u3164",
    "\ud800",
    "mai\u2800",
    "\u{1d159}",
    "mai\ue000",
    "mai\u0378",
  ];
  for (const typed of refused) {
    assert.equal(accountNameOf(typed), undefined, JSON.stringify(typed));
  }
});

Deno.test("accountNameOf() gives names that it keeps, with a key that can log in", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (typed) => {
      const name = accountNameOf(typed);
      if (name === undefined) return;
      assert.equal(accountNameOf(name), name);
      assert.ok(isUserName(accountKey(name)));
    }),
  );
});
