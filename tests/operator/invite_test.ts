/** The operator's invitations, from the outside. @module */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { INVITES_OPEN_MAX } from "../../lib/auth/invites.ts";
import { runUser } from "./_user_process.ts";

async function withData(use: (data: string) => Promise<void>) {
  const dir = await Deno.makeTempDir();
  try {
    await use(`${dir}/data`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** What it prints, with every time of the day as `…`. */
async function user(...words: string[]): Promise<string> {
  const { code, out, error } = await runUser(words);
  assert.deepEqual([code, error], [0, ""], words.join(" "));
  return out.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, "…");
}

Deno.test("user invite prints a link, and keeps its hash for as long as was said", () =>
  withData(async (data) => {
    const before = Date.now();
    const plain = await user("invite", "--data", data);
    const token = /invite=([0-9a-f]{32})\n/.exec(plain)?.[1] ?? "";
    assert.equal(
      plain,
      `http://127.0.0.1:8081/join.html?invite=${token}\n` +
        "Send this link to one person: whoever opens it makes an account, until …. " +
        "It leads to this machine: for people elsewhere add --url http://ADDRESS:8081.\n",
    );
    const flags = ["--uses", "30", "--expires", "12h"];
    const elsewhere = ["--url", "https://chat.example/", "--data", data];
    const class12 = await user("invite", ...flags, ...elsewhere);
    assert.match(
      class12,
      /^https:\/\/chat\.example\/join\.html\?invite=[0-9a-f]{32}\nSend this link to up to 30 people: whoever opens it makes an account, until …\.\n$/,
    );
    const database = new DatabaseSync(`${data}/weaprous.db`);
    const rows = database.prepare("SELECT * FROM invites ORDER BY number")
      .all();
    database.close();
    const hash = createHash("sha256").update(token).digest("base64url");
    assert.equal(rows[0]?.["token_hash"], hash);
    const days = rows.map((row) =>
      (Number(row["expires_at"]) - Number(row["made_at"])) / 86_400_000
    );
    assert.deepEqual(days, [7, 0.5]);
    assert.ok(Number(rows[0]?.["made_at"]) >= before);
    const audit = await Deno.readTextFile(`${data}/audit.log`);
    assert.match(
      audit,
      /"event":"invite-made","by":"operator","invite":1\}\n.*"invite":2\}\n$/,
    );
    assert.ok(!audit.includes(token));
  }));

Deno.test("user invites tells the open from those that are not; revoke takes one back", () =>
  withData(async (data) => {
    const flags = ["--data", data];
    assert.equal(
      await user("invites", ...flags),
      "There is no invitation yet.\n",
    );
    for (let made = 0; made < 3; made++) await user("invite", ...flags);
    const database = new DatabaseSync(`${data}/weaprous.db`);
    database.exec(
      `INSERT INTO invite_uses VALUES (2, 'Văn An', 7);
       UPDATE invites SET expires_at = 60000 WHERE number = 3`,
    );
    database.close();
    await user("invite", ...flags);
    assert.equal(
      await user("revoke", "1", ...flags),
      "Invitation 1 no longer works.\n",
    );
    assert.deepEqual((await user("invites", ...flags)).split("\n"), [
      "   4  open      0 of 1 used  made …  until …",
      "   3  expired   0 of 1 used  made …  ended …",
      "   2  used up   1 of 1 used  made …  until …  Văn An",
      "   1  revoked   0 of 1 used  made …  until …",
      "",
    ]);
    for (const number of ["1", "2", "3", "5", "999999999"]) {
      const { code, out, error } = await runUser(["revoke", number, ...flags]);
      const sentence = `weaprous: There is no open invitation ${number}\n`;
      assert.deepEqual([code, out, error], [1, "", sentence]);
    }
    const audit = await Deno.readTextFile(`${data}/audit.log`);
    assert.equal(audit.split("invite-revoked").length, 2);
  }));

Deno.test("user invite names the value that it can't use, and the way out", () =>
  withData(async (data) => {
    const uses = "give a whole number from 1 to 500";
    const time = "give a time from 1m to 90d, like 30m, 12h or 7d";
    const address = "give an address like https://chat.example";
    const cases: [string[], string][] = [
      [["invite", "--uses", "0"], `Cannot use --uses "0": ${uses}`],
      [["invite", "--uses", "501"], `Cannot use --uses "501": ${uses}`],
      [["invite", "--uses", "1.5"], `Cannot use --uses "1.5": ${uses}`],
      [["invite", "--expires", "7"], `Cannot use --expires "7": ${time}`],
      [["invite", "--expires", "0m"], `Cannot use --expires "0m": ${time}`],
      [["invite", "--expires", "91d"], `Cannot use --expires "91d": ${time}`],
      [["invite", "--expires", "1w"], `Cannot use --expires "1w": ${time}`],
      [["invite", "--url", "chat"], `Cannot use --url "chat": ${address}`],
      [
        ["invite", "--url", "javascript:alert(1)"],
        `Cannot use --url "javascript:alert(1)": ${address}`,
      ],
      [
        ["invite", "--url", "https://chat.example/a?b"],
        `Cannot use --url "https://chat.example/a?b": ${address}`,
      ],
      [["list", "--uses", "3"], "--uses does not go with list"],
      [["revoke"], "Write deno task user revoke NUMBER"],
      [
        ["revoke", "1e3"],
        'Cannot use "1e3": give an invitation\'s number. See deno task user invites',
      ],
    ];
    await Promise.all(cases.map(async ([words, sentence]) => {
      const { code, out, error } = await runUser([...words, "--data", data]);
      assert.deepEqual([code, out, error], [2, "", `weaprous: ${sentence}\n`]);
    }));
    const none = await user("invites", "--data", data);
    assert.equal(none, "There is no invitation yet.\n");
  }));

Deno.test("user invite refuses one more than may be open", () =>
  withData(async (data) => {
    await user("invite", "--data", data);
    const database = new DatabaseSync(`${data}/weaprous.db`);
    const more = database.prepare(
      "INSERT INTO invites (token_hash, uses, made_at, expires_at) VALUES (?, 1, 1, 9e15)",
    );
    for (let made = 1; made < INVITES_OPEN_MAX; made++) more.run(`${made}`);
    database.close();
    const refused = await runUser(["invite", "--data", data]);
    assert.deepEqual([refused.code, refused.out], [1, ""]);
    assert.equal(
      refused.error,
      "weaprous: Cannot make an invitation: 100 are open already. Take one back with deno task user revoke NUMBER\n",
    );
    await user("revoke", "7", "--data", data);
    assert.match(await user("invite", "--data", data), /^http/);
  }));
