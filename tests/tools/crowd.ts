/**
 * Many peers in one process, over real links: for tests, for benches, and to
 * see what a full channel looks like.
 *
 * `deno run -A tests/tools/crowd.ts COUNT [URL] [CHANNEL]`, with the password of
 * `admin` in WEAPROUS_PASSWORD where it is not the first one.
 * @module
 */
import { type Bot, connect } from "../../lib/cli/bot.ts";
import { systemClock } from "../../lib/clock.ts";

/** One process can hold more; the server's limits for one client can't. */
export const CROWD_MAX = 500;
/** Logins at a time. */
const TOGETHER = 4;
const REPORT_MS = 2_000;

export class Crowd implements AsyncDisposable {
  readonly bots: Bot[] = [];

  static async join(
    url: string,
    count: number,
    channel = "general",
  ): Promise<Crowd> {
    if (!(count >= 1 && count <= CROWD_MAX)) {
      throw new RangeError(`Cannot make ${count} peers: 1 to ${CROWD_MAX}`);
    }
    const crowd = new Crowd();
    const password = Deno.env.get("WEAPROUS_PASSWORD") ?? "password";
    const options = { url, user: "admin", password, channel };
    while (crowd.bots.length < count) {
      const more = Math.min(TOGETHER, count - crowd.bots.length);
      const joined = Array.from({ length: more }, () => connect(options));
      crowd.bots.push(...await Promise.all(joined));
    }
    return crowd;
  }

  /** How many links each has in a channel, the fewest first. */
  links(channel = "general"): number[] {
    return this.bots.map(({ chat }) =>
      chat.people(channel).filter(({ state }) => state === "direct").length
    ).toSorted((a, b) => a - b);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.bots.map((bot) => bot[Symbol.asyncDispose]()));
  }
}

if (import.meta.main) {
  const [count, url = "http://127.0.0.1:8081", channel] = Deno.args;
  const crowd = await Crowd.join(url, Number(count), channel);
  for (;;) {
    const links = crowd.links(channel);
    const megabytes = Deno.memoryUsage().rss / 2 ** 20;
    say(
      `${links.length} peers, ${links[0]} to ${links.at(-1)} links each, ${
        megabytes.toFixed(0)
      } MiB`,
    );
    await new Promise<void>((done) => systemClock.after(REPORT_MS, done));
  }
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
