/**
 * A terminal's peer in the hands of a test: says each line of its standard
 * input, and prints each message that it gets.
 *
 * `deno run -A tests/tools/line_peer.ts URL USER`, the password in
 * WEAPROUS_PASSWORD.
 * @module
 */
import { connect } from "../../lib/cli/bot.ts";
import { eachLine } from "../../lib/supervisor/lines.ts";

const [url = "", user = ""] = Deno.args;
const password = Deno.env.get("WEAPROUS_PASSWORD") ?? "";
const bot = await connect({ url, user, password });

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

bot.chat.listen((change) => {
  if (change.type === "messages-changed") {
    for (const { text, own } of change.added) if (!own) print(`got ${text}`);
  } else if (change.type === "people-changed") {
    const states = bot.chat.people("general").map(({ state }) => state);
    print(`people ${states.join(" ")}`);
  }
});
void eachLine(Deno.stdin.readable, (line) => void bot.say(line));
print("joined");
