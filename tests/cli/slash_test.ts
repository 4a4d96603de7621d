import assert from "node:assert/strict";
import { widthOf } from "../../lib/cli/prompt.ts";
import {
  completeWord,
  readLine,
  SLASH_COMMANDS,
  slashHelp,
} from "../../lib/cli/slash.ts";

const known = {
  ...{ users: ["mai", "minh", "Bảo"], channels: ["general", "ci"] },
  paths: (begun: string) =>
    ["notes/", "notes.txt", "báo cáo.pdf"]
      .filter((path) => path.startsWith(begun)),
};

function words(before: string): string[] {
  const completion = completeWord(before, known);
  return completion?.words.map((word) =>
    before.slice(0, completion.start) + word
  ) ?? [];
}

Deno.test("readLine() tells messages from commands", () => {
  const say = (text: string) => ({ type: "say", text });
  assert.deepEqual(readLine("xin chào"), say("xin chào"));
  assert.deepEqual(readLine("//etc/passwd"), say("/etc/passwd"));
  assert.deepEqual(readLine("  "), { type: "empty" });
  assert.deepEqual(readLine("/JOIN  #ci "), {
    type: "command",
    name: "join",
    operand: "#ci",
  });
  assert.deepEqual(readLine("/joni x"), { type: "unknown", word: "joni" });
  assert.deepEqual(readLine("/constructor"), {
    type: "unknown",
    word: "constructor",
  });
});

Deno.test("slashHelp() names every command", () => {
  const help = slashHelp().join("\n");
  for (const name of Object.keys(SLASH_COMMANDS)) {
    assert.ok(help.includes(`/${name}`), name);
  }
});

Deno.test("slashHelp() fits into a terminal of 80 columns", () => {
  for (const line of slashHelp()) assert.ok(widthOf(line) < 80, line);
});

Deno.test("completeWord() knows commands, channels and people", () => {
  assert.deepEqual(words("/he"), ["/help "]);
  assert.deepEqual(words("m"), ["mai: ", "minh: "]);
  assert.deepEqual(words("chào m"), ["chào mai ", "chào minh "]);
  assert.deepEqual(words("chào @M"), ["chào @mai ", "chào @minh "]);
  assert.deepEqual(words("bả"), ["Bảo: "]);
  assert.deepEqual(words("/join g"), ["/join #general "]);
  assert.deepEqual(words("see #c"), ["see #ci "]);
  assert.deepEqual(words(""), []);
  assert.deepEqual(words("zz"), []);
  assert.deepEqual(words("/file no"), ["/file notes/", "/file notes.txt"]);
  assert.deepEqual(words("/file báo c"), ["/file báo cáo.pdf"]);
  assert.deepEqual(words("/file zz"), []);
  assert.deepEqual(words("/re"), ["/react ", "/recent ", "/reply "]);
  assert.deepEqual(words("/react h"), ["/react ❤️"]);
  assert.deepEqual(words("/react 3 :t"), ["/react 3 🙏", "/react 3 🤔"]);
  assert.equal(words("/react ")[0], "/react 👍");
  assert.deepEqual(words("/react zz"), []);
  assert.deepEqual(words("/reply 2 m"), ["/reply 2 mai ", "/reply 2 minh "]);
});
