/**
 * Typing in the peer's terminal: what the screen shows after the keys that a
 * person presses, in a real pseudo-terminal.
 * @module
 */
import assert from "node:assert/strict";
import { promptRow } from "../../lib/cli/prompt.ts";
import { newHome, PEER, talking } from "../tools/peer_terminal.ts";
import { PseudoTerminal, terminalTest } from "../tools/pseudo_terminal.ts";
import { TestSystem } from "../tools/services.ts";

terminalTest("Earlier lines come back, and so does the one begun", async () => {
  await using system = await TestSystem.start();
  await using terminal = await talking(system);
  for (const line of ["first line", "second line"]) {
    await terminal.type(line);
    await terminal.press("Enter");
    await terminal.shows(new RegExp(`admin: ${line}`));
  }
  await terminal.type("begun");
  await terminal.press("Up", "Up");
  await terminal.shows(/› first line$/);
  await terminal.press("Down");
  await terminal.shows(/› second line$/);
  await terminal.press("Down");
  await terminal.shows(/› begun$/);
  await terminal.press("Up", "Home", "C-k");
  await terminal.type("a third");
  await terminal.press("Enter");
  await terminal.shows(/admin: a third/);
});

terminalTest("Tab completes commands, channels and names", async () => {
  await using system = await TestSystem.start();
  await using other = await talking(system);
  await using terminal = await talking(system);
  await terminal.shows(/→ admin here|with admin/);
  await terminal.type("/cr");
  await terminal.press("Tab");
  await terminal.type("lớp-12");
  await terminal.press("Enter");
  await terminal.shows(/#lớp-12.*›$/);
  await terminal.type("/leave");
  await terminal.press("Enter");
  await terminal.shows(/#general.*›$/);
  await terminal.type("/join l");
  await terminal.press("Tab");
  await terminal.shows(/› \/join #lớp-12$/);
  await terminal.press("C-u");
  await terminal.type("ad");
  await terminal.press("Tab");
  await terminal.type("xin chào");
  await terminal.press("Enter");
  await other.shows(/admin: admin: xin chào/);
});

terminalTest(
  "The cursor stands where the next letter goes, beside any script and emoji",
  async () => {
    await using system = await TestSystem.start();
    await using terminal = await talking(system);
    const line = "Tiếng Việt 日本語 한글 ไทย ❤️ 👍🏽 🇻🇳 👩‍👩‍👧 1️⃣ end";
    await terminal.type(line);
    await terminal.shows(/ end$/);
    const end = await terminal.cursorColumn();
    await terminal.press("Left", "Left", "Left");
    await terminal.cursorComesTo(end - 3);
    await terminal.type("the ");
    await terminal.shows(/ the end$/);
    await terminal.press("BSpace", "BSpace", "BSpace", "BSpace", "BSpace");
    // One key erases what a person takes for one character.
    await terminal.press("BSpace", "BSpace", "BSpace");
    await terminal.press("BSpace", "BSpace", "BSpace");
    await terminal.shows(/ไทย ❤️ 👍🏽 ?end$/);
    await terminal.press("Enter");
    await terminal.shows(/admin: Tiếng Việt 日本語 한글 ไทย ❤️ 👍🏽 ?end/);
  },
);

terminalTest(
  "A terminal that gets narrow and wide again shows one prompt",
  async () => {
    await using system = await TestSystem.start();
    await using one = await talking(system);
    await using other = await talking(system);
    await one.shows(/→ admin here/);
    const line = "one two three four five six seven eight nine ten";
    await other.type(line);
    const typed = { characters: [...line], cursor: line.length };
    // None begins with another: behind "at 8" a row may begin with a time, 0…
    const widths = [40, 16, 8, 30, 90];
    for (const columns of widths) {
      await other.resize(columns, 20);
      // tmux tells its size to what runs in it some time later.
      const { label, before } = promptRow("#general › ", typed, columns);
      await other.shows(new RegExp(`(^|\\n)${label}${before}$`));
      await one.type(`at ${columns}`);
      await one.press("Enter");
      const folded = [..."at", ...String(columns)].join("\\s*");
      await other.shows(new RegExp(folded));
    }
    const rows = await other.shows(/ten$/);
    assert.equal(
      rows.at(-1),
      "#general › one two three four five six seven eight nine ten",
    );
    const said = rows.flatMap((row) => /admin: at (\d+)$/.exec(row)?.[1] ?? []);
    assert.deepEqual(said, widths.map(String));
    const prompts = rows.filter((row) => row.includes("›"));
    assert.equal(prompts.length, 1, rows.join("\n"));
  },
);

terminalTest(
  "What comes fast while somebody types leaves the line whole",
  async () => {
    await using system = await TestSystem.start();
    await using one = await talking(system);
    await using other = await talking(system, { rows: 60 });
    await one.shows(/→ admin here/);
    const words = Array.from({ length: 12 }, (_, at) => `w${at}`);
    for (const word of words) {
      await one.type(`said with ${word}`);
      await one.press("Enter");
      await other.type(`${word} `);
    }
    await other.shows(/said with w11/);
    const rows = await other.shows(/› w0 .* w11$/);
    const said = rows.flatMap((row) =>
      /^[\d:]+ admin: (.*)$/.exec(row)?.[1] ?? []
    );
    assert.deepEqual(said, words.map((word) => `said with ${word}`));
    assert.equal(rows.at(-1), `#general › ${words.join(" ")}`);
  },
);

terminalTest("The terminal is as it was after each way to leave", async () => {
  await using system = await TestSystem.start();
  const env = { XDG_STATE_HOME: newHome(), WEAPROUS_PASSWORD: "password" };
  const command = `${PEER} ${system.origin} --user admin; stty -a`;
  const leave = async (...keys: string[]) => {
    await using terminal = await PseudoTerminal.start(command, { env });
    await terminal.shows(/#general ›$/);
    await terminal.press(...keys);
    const rows = await terminal.shows(/\[ended 0\]/);
    const modes = rows.join(" ");
    for (const mode of ["isig", "icanon", "echo"]) {
      assert.match(modes, new RegExp(` ${mode} `), keys.join(" "));
    }
  };
  await leave("C-d");
  await leave("C-c", "C-c");
  await leave("/quit", "Enter");
});
