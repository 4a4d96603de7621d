import { TestSystem } from "../tools/services.ts";
import { TestProcess } from "../tools/test_process.ts";
import { Crowd } from "../tools/crowd.ts";

Deno.test({
  name: "The echo bot greets, and says again what others say",
  // The native library has threads of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using system = await TestSystem.start();
    await using crowd = await Crowd.join(system.origin, 1);
    const [person] = crowd.bots;
    const heard: string[] = [];
    const hears = async (wanted: string) => {
      for await (const { text } of person ?? []) {
        heard.push(text);
        if (text === wanted) return;
      }
    };
    const bot = "tests/examples/echo_bot.ts";
    await using _bot = new TestProcess(["run", "-A", bot, system.origin]);
    await hears("Hello, I say again what you say");
    await person?.say("xin chào");
    await hears("echo for admin: xin chào");
  },
});
