/**
 * Many peers in one process, over real links: for tests, for benches, and to
 * see what a full channel looks like.
 *
 * `deno run -A tests/tools/crowd.ts COUNT [URL] [CHANNEL …]`
 *
 * URL is the server's, or an invitation with a use for each 20 peers:
 * `deno task user invite --uses 15` prints one. Without it all are devices of
 * `admin`, of which the server certifies 30 at once and one a minute then; the
 * password is in WEAPROUS_PASSWORD where it is not the first one. Of several
 * channels each peer joins one, in turns. Ctrl-C ends it.
 * @module
 */
import { type Bot, enter } from "../../lib/cli/bot.ts";
import { logIn, Session } from "../../lib/cli/session.ts";
import { randomId } from "../../lib/random.ts";
import { CrowdTalk, inTime, percentile } from "./crowd_talk.ts";

/** With more, one process has no time for its links. */
export const CROWD_MAX = 500;
/** Below what the server certifies for one user at once. */
export const PEERS_PER_USER = 20;
/** Peers that start at a time. */
const TOGETHER = 8;
/** A message so often, and so many for a line of the report. */
const SAY_MS = 200;
const SAID_PER_REPORT = 25;
/** Of hundreds who all speak at once, each hears hundreds. */
const HEARD_ALL_MS = 180_000;

export interface CrowdOptions {
  /** The server's address, or an invitation. */
  url: string;
  count: number;
  channels?: string[];
}

export class Crowd implements AsyncDisposable {
  readonly bots: Bot[] = [];
  readonly #channels: string[];
  readonly #door: () => Promise<Session>;
  #session: Session | undefined;
  #made = 0;

  private constructor({ url, channels = ["general"] }: CrowdOptions) {
    this.#channels = channels;
    this.#door = doorOf(new URL(url));
  }

  static async join(options: CrowdOptions): Promise<Crowd> {
    const { count } = options;
    if (!(count >= 1 && count <= CROWD_MAX)) {
      throw new RangeError(`Cannot make ${count} peers: 1 to ${CROWD_MAX}`);
    }
    const crowd = new Crowd(options);
    while (crowd.bots.length < count) {
      await crowd.add(Math.min(TOGETHER, count - crowd.bots.length));
    }
    return crowd;
  }

  /** `count` more, all at once. */
  async add(count: number): Promise<Bot[]> {
    const entering: Promise<Bot>[] = [];
    while (entering.length < count) {
      const number = this.#made++;
      if (number % PEERS_PER_USER === 0) this.#session = undefined;
      const session = this.#session ??= await this.#door();
      const channel = this.#channels[number % this.#channels.length] as string;
      entering.push(enter(session, { channel }));
    }
    const entered = await Promise.all(entering);
    this.bots.push(...entered);
    return entered;
  }

  /** Takes one out; it says goodbye. */
  async remove(bot: Bot): Promise<void> {
    this.bots.splice(this.bots.indexOf(bot), 1);
    await bot[Symbol.asyncDispose]();
  }

  /** How many links each has in its channel, the fewest first. */
  links(): number[] {
    return this.bots.map(linksOf).toSorted((a, b) => a - b);
  }

  /** Resolves once each has a link. */
  async linked(): Promise<void> {
    await Promise.all(this.bots.map(linked));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.bots.map((bot) => bot[Symbol.asyncDispose]()));
  }
}

/** How each user comes in: by an invitation, or `admin` with the password. */
function doorOf({ origin, searchParams }: URL): () => Promise<Session> {
  const invite = searchParams.get("invite");
  if (invite !== null) return () => accept(origin, invite);
  const password = Deno.env.get("WEAPROUS_PASSWORD") ?? "password";
  let session: Promise<Session> | undefined;
  return () => session ??= logIn(origin, { user: "admin", password });
}

/** A new account, and the session that it begins with. */
async function accept(origin: string, invite: string): Promise<Session> {
  const [user, password] = [`crowd-${randomId(6)}`, randomId()];
  const response = await fetch(new URL("/join", origin), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ invite, username: user, password }),
  });
  const text = await response.text();
  const [cookie] = response.headers.getSetCookie()
    .filter((line) => /^(__Host-)?session=/.test(line))
    .map((line) => line.replace(/;.*/, ""));
  if (cookie !== undefined) return new Session({ origin, user, cookie });
  throw new Error(`Cannot accept the invitation: ${text}`);
}

function linksOf({ chat, channel }: Bot): number {
  return chat.people(channel).filter(({ state }) => state === "direct").length;
}

async function linked(bot: Bot): Promise<void> {
  const first = Promise.withResolvers<void>();
  const look = () => {
    if (linksOf(bot) > 0) first.resolve();
  };
  const stop = bot.chat.listen(look);
  look();
  await first.promise;
  stop();
}

/** What each says first. */
export function rollCall(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `Number ${at + 1} is here`);
}

async function main(
  [count, url = "http://127.0.0.1:8081", ...channels]: string[],
): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", () => stopped.resolve());
  const say = sayer();
  await using crowd = await Crowd.join({
    url,
    count: Number(count),
    ...(channels.length > 0 && { channels }),
  });
  say(`all ${crowd.bots.length} have joined`);
  await Promise.race([crowd.linked(), stopped.promise]);
  say(`all are linked, ${stateOf(crowd)}`);
  const onStranger = (text: string) => say(`all have: ${text}`);
  using talk = new CrowdTalk(crowd.bots, { onStranger });
  const texts = rollCall(crowd.bots.length);
  await Promise.all(crowd.bots.map((bot, at) => talk.say(bot, `${texts[at]}`)));
  const heard = await inTime(talk.heard(texts), HEARD_ALL_MS);
  say(`the roll call is ${heard ? "heard by all" : "not heard by all"}`);
  for (let number = 0;; number++) {
    if (await inTime(stopped.promise, SAY_MS)) return;
    if (number % SAID_PER_REPORT === 0) {
      say(`${stateOf(crowd)}${talkedOf(talk)}`);
      talk.clear();
    }
    const at = Math.floor(Math.random() * crowd.bots.length);
    await talk.say(crowd.bots[at] as Bot, `Message ${number}`);
  }
}

function sayer(): (what: string) => void {
  const startedAt = performance.now();
  return (what) => {
    const seconds = (performance.now() - startedAt) / 1_000;
    const line = `${seconds.toFixed(1).padStart(7)} s  ${what}\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(line));
  };
}

function stateOf(crowd: Crowd): string {
  const links = crowd.links();
  const megabytes = Deno.memoryUsage().rss / 2 ** 20;
  return `${links[0]} to ${links.at(-1)} links each, ${
    megabytes.toFixed(0)
  } MiB`;
}

function talkedOf({ latencies }: CrowdTalk): string {
  const [median, p99] = [0.5, 0.99]
    .map((share) => percentile(latencies, share).toFixed(0));
  return `, ${latencies.length} times read after ${median} ms, p99 ${p99} ms`;
}

if (import.meta.main) await main(Deno.args);
