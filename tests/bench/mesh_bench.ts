/**
 * `deno task bench mesh [SIZE …]`: one channel of 100, 1,000 and 10,000
 * simulated peers (tests/sim): how many links each keeps, how often a payload
 * reaches it, over how many links and how soon; then the same when 30 % vanish
 * at once, and while 5 % of all packets are lost.
 * @module
 */
import { CHANNEL, MeshSim, type Spread } from "../sim/mesh_sim.ts";

const SIZES = [100, 1_000, 10_000];
const LINK_MS = 50;
const JOINS_PER_SECOND = 100;
/** Links to spare are let go of, one at a time. */
const SETTLE_MS = 60_000;
const ENTRIES = 10;
/** All that was sent has arrived by then, or it never will. */
const ENTRY_MS = 30_000;
const VANISHING = 0.3;
const LOSS = 0.05;

interface Row {
  peers: number;
  what: string;
  deliveredPercent: number;
  linksMedian: number;
  linksMost: number;
  copies: number;
  hopsP99: number;
  /** Until the last one has it: the median, and the worst entry. */
  allMs: number;
  allMsMost: number;
}

export function benchMesh(args: string[]): Promise<void> {
  const sizes = args.length > 0 ? args.map(sizeOf) : SIZES;
  print(heading());
  for (const size of sizes) benchSize(size);
  return Promise.resolve();
}

function sizeOf(arg: string): number {
  const size = Number(arg);
  if (Number.isInteger(size) && size >= 2 && size <= 20_000) return size;
  throw new Error(`Cannot simulate "${arg}" peers: give a number up to 20000`);
}

function benchSize(peers: number): void {
  const started = performance.now();
  const sim = new MeshSim({ seed: 1, latencyMs: [LINK_MS, LINK_MS] });
  for (let at = 0; at < peers; at++) {
    sim.join();
    sim.clock.advance(1_000 / JOINS_PER_SECOND);
  }
  sim.clock.advance(SETTLE_MS);
  const toldPerPeer = sim.tracker.told / peers;
  // The first entry floods, and leaves the tree behind.
  const [first] = speak(sim, 1);
  print(rowText(rowOf(sim, "the first entry", [first as Spread])));
  print(rowText(rowOf(sim, "after it", speak(sim, ENTRIES))));
  const gone = Math.floor(VANISHING * sim.members.length);
  for (let at = 0; at < gone; at++) sim.vanish(sim.pick());
  print(rowText(rowOf(sim, "30 % vanish: at once", speak(sim, 1))));
  sim.clock.advance(SETTLE_MS);
  print(
    rowText(rowOf(sim, "30 % vanish: a minute later", speak(sim, ENTRIES))),
  );
  sim.network.loss = LOSS;
  print(rowText(rowOf(sim, "5 % loss", speak(sim, ENTRIES))));
  const seconds = (performance.now() - started) / 1_000;
  const megabytes = Deno.memoryUsage().rss / 1e6;
  print(
    `       (news of the tracker for each peer: ${toldPerPeer.toFixed(0)}; ` +
      `${seconds.toFixed(0)} s, ${megabytes.toFixed(0)} MB)`,
  );
}

/** `count` members say one thing each, one after the other. */
function speak(sim: MeshSim, count: number): Spread[] {
  return Array.from({ length: count }, () => {
    const spread = sim.write(sim.pick());
    sim.clock.advance(ENTRY_MS / 10);
    return spread;
  });
}

function rowOf(sim: MeshSim, what: string, spreads: Spread[]): Row {
  sim.clock.advance(ENTRY_MS);
  const online = sim.members.map(({ peer }) => peer);
  const others = online.length - 1;
  const links = sim.members.map(({ linkCount }) => linkCount);
  const times: number[] = [];
  const hops: number[] = [];
  let delivered = 0;
  let copies = 0;
  for (const { author, writtenAt, arrivals, copies: received } of spreads) {
    let last = 0;
    for (const peer of online) {
      const arrival = arrivals.get(peer);
      if (arrival === undefined) continue;
      if (peer !== author) delivered++;
      hops.push(arrival.hops);
      last = Math.max(last, arrival.at - writtenAt);
    }
    times.push(last);
    copies += received / others;
  }
  return {
    peers: online.length,
    what,
    deliveredPercent: 100 * delivered / (others * spreads.length),
    linksMedian: quantile(links, 0.5),
    linksMost: Math.max(
      ...sim.members.map(({ connectionsMost }) => connectionsMost),
    ),
    copies: copies / spreads.length,
    hopsP99: quantile(hops, 0.99),
    allMs: quantile(times, 0.5),
    allMsMost: Math.max(...times),
  };
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
}

function heading(): string {
  return [
    `One channel (#${CHANNEL}), ${LINK_MS} ms each link, one way`,
    " peers  " + "".padEnd(28) +
    "delivered  links: median, most  copies  hops p99  all have it: median, most",
  ].join("\n");
}

function rowText(row: Row): string {
  const { peers, what, deliveredPercent, linksMedian, linksMost } = row;
  return [
    String(peers).padStart(6),
    ` ${what.padEnd(28)}`,
    `${Number(deliveredPercent.toFixed(3))} %`.padStart(9),
    `${linksMedian}, ${linksMost}`.padStart(20),
    row.copies.toFixed(2).padStart(7),
    String(row.hopsP99).padStart(9),
    `${Math.round(row.allMs)} ms, ${Math.round(row.allMsMost)} ms`.padStart(28),
  ].join(" ");
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
