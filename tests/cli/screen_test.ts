import assert from "node:assert/strict";
import { Screen } from "../../lib/cli/screen.ts";
import { TinyTerminal } from "../tools/tiny_terminal.ts";

function opened(columns = 40) {
  const terminal = new TinyTerminal(columns);
  const screen = new Screen({
    write: (text) => terminal.write(text),
    columns: () => terminal.columns,
  });
  screen.open();
  return { terminal, screen };
}

const hello = { characters: ["h", "é", "日"], cursor: 2 };

Deno.test("Screen keeps the prompt below whatever is printed", () => {
  const { terminal, screen } = opened();
  screen.show("#a › ", hello);
  screen.print(["mai: xin chào", "minh: ok"]);
  assert.deepEqual(terminal.rows, ["mai: xin chào", "minh: ok", "#a › hé日"]);
  assert.deepEqual(terminal.cursor, { row: 2, column: 7 });
  screen.show("#a › ", { characters: ["x"], cursor: 1 });
  assert.deepEqual(terminal.rows, ["mai: xin chào", "minh: ok", "#a › x"]);
});

Deno.test("Screen leaves no trace of the prompt when it closes", () => {
  const { terminal, screen } = opened();
  screen.show("#a › ", hello);
  screen.print(["bye"]);
  screen.close();
  assert.deepEqual(terminal.rows, ["bye", ""]);
});

Deno.test("Screen draws the prompt once after the terminal got narrower", () => {
  const { terminal, screen } = opened(30);
  const characters = Array.from("abcdefghijklmnopqrst");
  screen.show("#a › ", { characters, cursor: 20 });
  terminal.resize(15);
  screen.redraw();
  screen.print(["line"]);
  assert.equal(terminal.rows[0], "line");
  assert.equal(terminal.rows.filter((row) => row.startsWith("#a")).length, 1);
});

Deno.test("Screen stays one row in a terminal narrower than its label", () => {
  const { terminal, screen } = opened(40);
  screen.show("#bảo-trì-máy-chủ ✓12/34 › ", hello);
  for (const columns of [20, 9, 6]) {
    terminal.resize(columns);
    screen.redraw();
    screen.print([`at ${columns}`]);
  }
  assert.deepEqual(terminal.rows, ["at 20", "at 9", "at 6", "hé日"]);
});

Deno.test("Screen stays one row in a terminal that has not told yet how narrow it got", () => {
  const terminal = new TinyTerminal(12);
  const screen = new Screen({
    write: (text) => terminal.write(text),
    columns: () => 40,
  });
  screen.open();
  screen.show("#general › ", { characters: [..."typed"], cursor: 5 });
  screen.print(["one"]);
  screen.print(["two"]);
  assert.deepEqual(terminal.rows, ["one", "two", "#general › t"]);
});

Deno.test("Screen leaves the cursor where the terminal had it, however wide it takes a character to be", () => {
  let written = "";
  const screen = new Screen({
    write: (text) => written += text,
    columns: () => 40,
  });
  screen.open();
  screen.show("› ", { characters: ["❤️", "x"], cursor: 1 });
  assert.equal(written.split("› ❤️").at(-1), "\x1b7x\x1b8\x1b[?7h");
});
