/**
 * Picks the backend for a request. Knows health, weights and counts, not sockets.
 * A policy sees only backends that may be used; `chooseBackend` sees to that.
 * @module
 */
import type { PolicyName } from "../conf/conf.ts";
import type { Random } from "../random.ts";
import type { Health } from "./health.ts";

/** What the policies know of a backend. */
export interface Candidate {
  /** host:port. */
  address: string;
  weight: number;
  backup: boolean;
  health: Health;
  /** Requests under way. */
  active: number;
  /** A moving average; 0 before the first answer. */
  responseMs: number;
  /** When it last answered. */
  answeredAt: number;
  /** Round robin's own: how much this backend is owed. */
  owed: number;
}

/** What the policies know of a request. */
export interface Seeker {
  clientAddress: string;
  random: Random;
  now: number;
}

/** How much an answer counts in a backend's average time. */
const RESPONSE_TIME_SHARE = 0.2;
/** What was learnt of a backend counts half after so long without an answer. */
const RESPONSE_TIME_HALF_LIFE_MS = 10_000;
/** Below this, differences are noise; and it lets a queue count at a new one. */
const RESPONSE_TIME_LEAST_MS = 1;

/** A backend has begun to answer, `tookMs` after it was asked. */
export function noteAnswer(
  backend: Candidate,
  { tookMs, now }: { tookMs: number; now: number },
): void {
  const { responseMs } = backend;
  const share = responseMs === 0
    ? 1
    : 1 - (1 - RESPONSE_TIME_SHARE) * faded(backend, now);
  backend.responseMs = responseMs + (tookMs - responseMs) * share;
  backend.answeredAt = now;
}

/** One of `backends`; undefined only where there is none. */
export type Policy = <B extends Candidate>(
  backends: readonly B[],
  seeker: Seeker,
) => B | undefined;

/**
 * nginx's smooth weighted round robin: each is owed its weight, the one owed
 * most is picked and pays for all. 5:1:1 gives a a b a c a a, not a a a a a b c.
 */
const roundRobin: Policy = (backends) => {
  let picked: typeof backends[number] | undefined;
  let total = 0;
  for (const backend of backends) {
    backend.owed += backend.weight;
    total += backend.weight;
    if (picked === undefined || backend.owed > picked.owed) picked = backend;
  }
  if (picked !== undefined) picked.owed -= total;
  return picked;
};

/** Fewest requests under way for its weight; round robin among equals. */
const leastConn: Policy = (backends, seeker) =>
  roundRobin(
    leastBy(backends, (backend) => backend.active / backend.weight),
    seeker,
  );

/**
 * Shortest expected wait: the average answer times the queue before it. What a
 * backend once took fades while it is left alone, so a slow one is asked again
 * in the end, by one request at a time, and keeps its clients where it is better.
 */
const leastTime: Policy = (backends, seeker) =>
  roundRobin(
    leastBy(
      backends,
      (backend) =>
        (expectedMs(backend, seeker.now) + RESPONSE_TIME_LEAST_MS) *
        (backend.active + 1) / backend.weight,
    ),
    seeker,
  );

function expectedMs(backend: Candidate, now: number): number {
  const { responseMs, active } = backend;
  // One that is being asked will tell soon; till then it is as it was.
  return active > 0 ? responseMs : responseMs * faded(backend, now);
}

/** From 1, just after an answer, towards 0. */
function faded({ answeredAt }: Candidate, now: number): number {
  return 2 ** (-Math.max(0, now - answeredAt) / RESPONSE_TIME_HALF_LIFE_MS);
}

/** The better of two drawn by chance: nearly as even as looking at all. */
const random: Policy = (backends, { random }) => {
  const first = drawByWeight(backends, random);
  const second = drawByWeight(backends, random);
  if (first === undefined || second === undefined) return first;
  const firstLoad = first.active / first.weight;
  return second.active / second.weight < firstLoad ? second : first;
};

/**
 * Rendezvous hashing: an address keeps its backend, and where one backend goes
 * or comes, only the addresses that it had or takes move.
 */
const ipHash: Policy = (backends, { clientAddress }) => {
  let picked: typeof backends[number] | undefined;
  let best = Infinity;
  for (const backend of backends) {
    const share = (hash(`${clientAddress} ${backend.address}`) + 1) / 2 ** 32;
    // An exponential draw of rate `weight`: the least of them wins.
    const draw = -Math.log(share) / backend.weight;
    if (draw < best || picked === undefined) [picked, best] = [backend, draw];
  }
  return picked;
};

/** Every policy of the conf. */
export const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  "round-robin": roundRobin,
  "least-conn": leastConn,
  "least-time": leastTime,
  "random": random,
  "ip-hash": ipHash,
};

/**
 * The backend for a request: by `policy` among those that are up; among the
 * backups where none is; and where those are down too, among all, since a
 * backend that may be down beats none. `tried` ones are left out.
 */
export function chooseBackend<B extends Candidate>(
  backends: readonly B[],
  seeker: Seeker,
  { policy, tried = NONE }: {
    policy: Policy;
    tried?: ReadonlySet<Candidate>;
  },
): B | undefined {
  if (backends.length === 1) {
    return tried.has(backends[0]!) ? undefined : backends[0];
  }
  const { now } = seeker;
  const picked = policy(eligible(backends, { tried, now }), seeker);
  picked?.health.asked(now);
  return picked;
}

const NONE: ReadonlySet<Candidate> = new Set();

function eligible<B extends Candidate>(
  backends: readonly B[],
  { tried, now }: { tried: ReadonlySet<Candidate>; now: number },
): readonly B[] {
  const isUp = (backend: B) =>
    !tried.has(backend) && !backend.health.isDown(now);
  // The common case makes no new array.
  if (backends.every((backend) => !backend.backup && isUp(backend))) {
    return backends;
  }
  const up = backends.filter((backend) => !backend.backup && isUp(backend));
  if (up.length > 0) return up;
  const backups = backends.filter(isUp);
  if (backups.length > 0) return backups;
  return backends.filter((backend) => !tried.has(backend));
}

/** Those whose measure is least. */
function leastBy<B>(items: readonly B[], measure: (item: B) => number): B[] {
  let best = Infinity;
  let found: B[] = [];
  for (const item of items) {
    const value = measure(item);
    if (value > best) continue;
    if (value < best) found = [];
    best = value;
    found.push(item);
  }
  return found;
}

function drawByWeight<B extends Candidate>(
  backends: readonly B[],
  random: Random,
): B | undefined {
  const total = backends.reduce((sum, backend) => sum + backend.weight, 0);
  let left = random() * total;
  return backends.find((backend) => (left -= backend.weight) < 0) ??
    backends.at(-1);
}

/** FNV-1a with murmur3's last mix, which spreads addresses that differ little. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
