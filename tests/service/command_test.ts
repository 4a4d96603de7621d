import assert from "node:assert/strict";
import { grantingAdvice } from "../../lib/service/command.ts";

Deno.test("grantingAdvice() gives one word to each path, whatever is in it", () => {
  const spec = {
    usage: "deno task x",
    summary: "",
    flags: {
      data: {
        value: "DIR",
        fallback: "data",
        help: "",
        grantingCommand: "deno run --allow-read=www,DIR x.ts",
      },
    },
  };
  assert.equal(
    grantingAdvice(spec, ["--data", "/it's $& here", "--stop-with-stdin"]),
    `. Run deno run '--allow-read=www,/it'\\''s $& here' x.ts --data '/it'\\''s $& here'`,
  );
});
