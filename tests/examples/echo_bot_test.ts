import assert from "node:assert/strict";
import { home, peer, running } from "../tools/peer_process.ts";
import { TestSystem } from "../tools/services.ts";
import { TestProcess } from "../tools/test_process.ts";

const USER = ["--user", "admin"];

Deno.test("The echo bot greets, and says again what others say", async () => {
  await using system = await TestSystem.start();
  const { origin } = system;
  await using reader = running([origin, "tail", ...USER]);
  const bot = "tests/examples/echo_bot.ts";
  await using _bot = new TestProcess(["run", "-A", bot, origin], home());
  await reader.line(/admin: Hello, I say again what you say$/);
  const sent = await peer(
    [origin, "send", ...USER, "--to", "2", "--timeout", "20s"],
    { input: "xin chào" },
  );
  assert.deepEqual(sent, { code: 0, out: "", error: "" });
  await reader.line(/admin: echo for admin: xin chào$/);
});
