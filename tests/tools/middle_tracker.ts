/**
 * A hostile tracker, as a process: it answers each call itself and calls the
 * other side in the caller's name, so that every link ends at it twice, over
 * real WebRTC. It passes on what is said, and prints the type of all it hears.
 *
 * `deno run -A tests/tools/middle_tracker.ts PORT DATA_DIR`
 * @module
 */
import { openDatabase } from "../../lib/auth/database.ts";
import { SqliteSessions } from "../../lib/auth/sqlite_sessions.ts";
import { newConnection } from "../../lib/cli/rtc.ts";
import { systemClock as clock } from "../../lib/clock.ts";
import type { Link } from "../../lib/mesh/link.ts";
import { rtcLinks } from "../../lib/mesh/rtc_link.ts";
import { systemRandom as random } from "../../lib/random.ts";
import { trackerHandler } from "../../lib/tracker/http.ts";
import { Hub } from "../../lib/tracker/hub.ts";
import type { Line } from "../../lib/tracker/line.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import type { LinkId, Signal } from "../../lib/wire/signal.ts";
import type { TrackerRequest } from "../../lib/wire/tracker_api.ts";

const PERIODS = { heartbeatMs: 30_000, syncMs: 10_000, pollMs: 2_000 };
const openLink = rtcLinks({ newConnection, clock });

/** One half of a link: from somebody to us. */
class Half {
  readonly link: Link;
  /** What came for it before it was open. */
  readonly #waiting: string[] = [];
  #isOpen = false;

  constructor(
    { link, remote, dials }: { link: LinkId; remote: PeerId; dials: boolean },
    { signal, heard }: {
      signal: (signal: Signal) => void;
      heard: (text: string) => void;
    },
  ) {
    this.link = openLink({
      ...{ link, remote, dials, polite: true },
      events: {
        signal,
        opened: () => {
          this.#isOpen = true;
          for (const text of this.#waiting.splice(0)) this.link.send(text);
        },
        message: (text) => {
          say(`heard ${JSON.parse(text).type}`);
          heard(text);
        },
        bytes() {},
        drained() {},
        pathChanged() {},
        closed() {},
      },
    });
  }

  send(text: string): void {
    if (this.#isOpen) this.link.send(text);
    else this.#waiting.push(text);
  }
}

class MiddleHub extends Hub {
  readonly #lines = new Map<PeerId, Line>();
  /** Of each link that somebody asked for: the half to each of its ends. */
  readonly #links = new Map<LinkId, Map<PeerId, Half>>();

  override receive(line: Line, request: TrackerRequest): void {
    if (request.type === "register") this.#lines.set(request.peer, line);
    if (request.type !== "send-signal" || line.peer === undefined) {
      return super.receive(line, request);
    }
    const { to, signal } = request;
    if (!this.#links.has(signal.link)) this.#sitBetween(line.peer, to, signal);
    const half = this.#links.get(signal.link)?.get(line.peer);
    if (signal.type !== "hang-up") half?.link.receive(signal);
    else super.receive(line, request);
  }

  #sitBetween(caller: PeerId, called: PeerId, { link }: Signal): void {
    const halves = new Map<PeerId, Half>();
    for (const [remote, other] of [[caller, called], [called, caller]]) {
      if (remote === undefined || other === undefined) continue;
      const half = new Half({ link, remote, dials: remote === called }, {
        signal: (signal) => this.#signal(other, remote, signal),
        heard: (text) => halves.get(other)?.send(text),
      });
      halves.set(remote, half);
    }
    this.#links.set(link, halves);
    say("sits between two");
  }

  /** As if `from` had sent it. */
  #signal(from: PeerId, to: PeerId, signal: Signal): void {
    const line = this.#lines.get(from);
    const request = { type: "send-signal", to, signal } as const;
    if (line !== undefined) super.receive(line, request);
  }
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function main([port, dir = ""]: string[]): void {
  const sessions = new SqliteSessions(openDatabase(dir), clock);
  const isLive = (session: string) => sessions.isLive(session);
  const hub = new MiddleHub({
    ...{ clock, random, isLive, lastRevocation: () => 0, log: say },
    periods: PERIODS,
  });
  const handler = trackerHandler({
    ...{ hub, clock, trusts: () => false },
    authenticate: (request) => sessions.authenticate(request),
  });
  hub.start();
  Deno.serve({
    ...{ hostname: "127.0.0.1", port: Number(port) },
    onListen: () => say("listening"),
  }, handler);
}

main(Deno.args);
