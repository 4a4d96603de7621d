/**
 * Bare links of one native library, both ends in this process: how long they
 * take to open, how much memory they take and leave, how much they carry. A
 * line of JSON after each step.
 *
 * `deno run -A --v8-flags=--expose-gc tests/tools/native_links.ts NAME`; run by
 * `deno task bench links`, which gives a library that is none of the project's
 * its name.
 * @module
 */
import { every, systemClock } from "../../lib/clock.ts";
import { inTime } from "./crowd_talk.ts";
import { type LinkEnd, openPair } from "./link_pair.ts";

/** Opened one after the other, each closed before the next. */
const ONE_BY_ONE = 50;
/** Open at the same time. */
export const TOGETHER = 25;
/** As many more, in rounds, to see what closed ones leave. */
const CLOSED_ROUNDS = 3;
/** What has not opened by then never will. */
const OPEN_MS = 5_000;
const MESSAGES = 20_000;
/** As long as a pushed entry is. */
const MESSAGE_CHARS = 600;
/** Sent and not yet read; more fills buffers instead of carrying. */
const IN_FLIGHT = 500;
/** Threads of the library let go of what is closed in their own time. */
const LET_GO_MS = 2_000;

export interface NativeLinkFigures {
  firstMs: number;
  /** Of each link that was opened by itself. */
  setUpMs: number[];
  /** Until the last of all that were dialled at once had opened. */
  togetherMs: number;
  /** Of these. */
  opened: number;
  kibPerOpenLink: number;
  kibPerClosedLink: number | undefined;
  messagesPerSecond: number;
}

type Pair = [LinkEnd, LinkEnd];
type NewConnection = () => RTCPeerConnection;

/** Tells what is known after each step: not every library gets to the last. */
async function measure(
  newConnection: NewConnection,
  tell: (figures: NativeLinkFigures) => void,
): Promise<void> {
  const firstMs = await timeOf(newConnection);
  const setUpMs: number[] = [];
  while (setUpMs.length < ONE_BY_ONE) setUpMs.push(await timeOf(newConnection));
  const before = await restingKib();
  const startedAt = performance.now();
  const open = await openMany(newConnection);
  const togetherMs = performance.now() - startedAt;
  const kibPerOpenLink = (await restingKib() - before) / open.length;
  const messagesPerSecond = await carry(open[0] as Pair);
  const known = {
    ...{ firstMs, setUpMs, togetherMs, opened: open.length },
    ...{ kibPerOpenLink, messagesPerSecond },
  };
  tell({ ...known, kibPerClosedLink: undefined });
  closeAll(open);
  // What the first links have taken is taken anew by the others.
  const closedOnce = await restingKib();
  for (let round = 1; round <= CLOSED_ROUNDS; round++) {
    closeAll(await openMany(newConnection));
    const left = await restingKib() - closedOnce;
    tell({ ...known, kibPerClosedLink: left / (round * TOGETHER) });
  }
}

async function timeOf(newConnection: NewConnection): Promise<number> {
  const startedAt = performance.now();
  const pairs = await openMany(newConnection, 1);
  const took = performance.now() - startedAt;
  closeAll(pairs);
  return pairs.length === 0 ? Infinity : took;
}

/** Those that opened in time, all dialled at once. */
async function openMany(
  newConnection: NewConnection,
  count = TOGETHER,
): Promise<Pair[]> {
  const open: Pair[] = [];
  const opening = Array.from({ length: count }, async () => {
    open.push(await openPair(newConnection));
  });
  await inTime(Promise.all(opening), OPEN_MS);
  return [...open];
}

function closeAll(pairs: Pair[]): void {
  for (const pair of pairs) {
    for (const end of pair) end.link.close();
  }
}

async function carry([from, to]: Pair): Promise<number> {
  const text = "x".repeat(MESSAGE_CHARS);
  const done = Promise.withResolvers<void>();
  let [sent, read] = [0, 0];
  const fill = () => {
    for (; sent < MESSAGES && sent - read < IN_FLIGHT; sent++) {
      from.link.send(text);
    }
  };
  to.onMessage = () => {
    to.heard.length = 0;
    if (++read === MESSAGES) done.resolve();
    if (sent - read < IN_FLIGHT / 2) fill();
  };
  const startedAt = performance.now();
  fill();
  await done.promise;
  return MESSAGES / ((performance.now() - startedAt) / 1_000);
}

async function restingKib(): Promise<number> {
  for (let round = 0; round < 2; round++) {
    await new Promise<void>((done) => systemClock.after(LET_GO_MS, done));
    (globalThis as unknown as { gc(): void }).gc();
  }
  return Deno.memoryUsage().rss / 1_024;
}

async function connectionsOf(name: string): Promise<NewConnection> {
  if (name === "node-datachannel") {
    const { newConnection } = await import("../../lib/cli/rtc.ts");
    return newConnection;
  }
  const { default: library } = await import(name);
  return () => selfDescribing(new library.RTCPeerConnection());
}

/** As browsers have it: it works out itself what it has to say next. */
function selfDescribing(connection: RTCPeerConnection): RTCPeerConnection {
  const describe = connection.setLocalDescription.bind(connection);
  connection.setLocalDescription = async () => {
    const answers = connection.signalingState === "have-remote-offer";
    await describe(
      await (answers ? connection.createAnswer() : connection.createOffer()),
    );
  };
  return connection;
}

if (import.meta.main) {
  const [name = "node-datachannel"] = Deno.args;
  // Not every library's links keep the process waiting for them.
  every(systemClock, LET_GO_MS, () => {});
  await measure(await connectionsOf(name), (figures) => {
    const line = `${JSON.stringify(figures)}\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(line));
  });
  Deno.exit(0);
}
