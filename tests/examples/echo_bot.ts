/** Says again what others say: deno run -A tests/examples/echo_bot.ts URL USER */
import { connect } from "../../lib/cli/bot.ts";

const [url = "http://127.0.0.1:8081", user = "admin"] = Deno.args;
const password = Deno.env.get("WEAPROUS_PASSWORD") ?? "password";
await using bot = await connect({ url, user, password });
await bot.say("Hello, I say again what you say");
for await (const { user, text } of bot) {
  if (!text.startsWith("echo")) await bot.say(`echo for ${user}: ${text}`);
}
