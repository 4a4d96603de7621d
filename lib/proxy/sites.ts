/**
 * A conf made ready to serve: the router, and for each location its backends
 * with their health, counts and pools. Backends on one address share its pool.
 * @module
 */
import {
  addressOf,
  type Conf,
  type LocationConf,
  type TargetConf,
} from "../conf/conf.ts";
import { type Candidate, POLICIES, type Policy } from "./balance.ts";
import { AnswerPlan, HeaderPlan } from "./header_plan.ts";
import { Health } from "./health.ts";
import type { Pool } from "./pool.ts";
import { Router } from "./route.ts";

/** One target of one location. */
export interface Backend extends Candidate {
  hostname: string;
  port: number;
  pool: Pool;
}

/** A location and what it needs to serve. */
export interface Site {
  /** That of its host. */
  pattern: string;
  prefix: string;
  conf: LocationConf;
  backends: Backend[];
  policy: Policy;
  plan: HeaderPlan;
  answers: AnswerPlan;
}

/** Everything that a conf serves. */
export interface Sites {
  router: Router<Site>;
  /** By the address that they lead to. */
  pools: Map<string, Pool>;
  all: Site[];
}

/** What was served before, which a reload goes on from. */
export interface Predecessor {
  before: Sites;
  /** Whether its pools serve as they are. */
  poolsFit: boolean;
}

/** Builds them; `newPool` makes the pool for an address. */
export function buildSites(
  conf: Conf,
  newPool: (target: TargetConf) => Pool,
  predecessor?: Predecessor,
): Sites {
  const pools = new Map<string, Pool>();
  const kept = predecessor?.poolsFit ? predecessor.before.pools : pools;
  const poolOf = (target: TargetConf): Pool => {
    const address = addressOf(target);
    const pool = pools.get(address) ?? kept.get(address) ?? newPool(target);
    pools.set(address, pool);
    return pool;
  };
  const hosts = conf.hosts.map(({ pattern, locations }) => ({
    pattern,
    locations: locations.map((location) =>
      siteOf(location, { pattern, poolOf })
    ),
  }));
  const all = hosts.flatMap(({ locations }) => locations);
  if (predecessor !== undefined) carryOver(predecessor.before.all, all);
  return { router: new Router(hosts), pools, all };
}

/** Nobody has to learn anew which backends are down or slow. */
function carryOver(before: Site[], now: Site[]): void {
  const nameOf = (site: Site, { address, backup }: Backend) =>
    `${site.pattern} ${site.prefix} ${address} ${backup}`;
  const known = new Map(
    before.flatMap((site) =>
      site.backends.map((backend) => [nameOf(site, backend), backend])
    ),
  );
  for (const site of now) {
    for (const backend of site.backends) {
      const same = known.get(nameOf(site, backend));
      if (same === undefined) continue;
      const checked = site.conf.healthCheck !== undefined;
      backend.health.carryOver(same.health, { checked });
      backend.responseMs = same.responseMs;
      backend.answeredAt = same.answeredAt;
    }
  }
}

function siteOf(
  conf: LocationConf,
  { pattern, poolOf }: {
    pattern: string;
    poolOf: (target: TargetConf) => Pool;
  },
): Site {
  return {
    pattern,
    prefix: conf.prefix,
    conf,
    backends: conf.targets.map((target) => ({
      address: addressOf(target),
      hostname: target.hostname,
      port: target.port,
      weight: target.weight,
      backup: target.backup,
      health: new Health(target),
      active: 0,
      responseMs: 0,
      answeredAt: 0,
      owed: 0,
      pool: poolOf(target),
    })),
    policy: POLICIES[conf.policy],
    plan: new HeaderPlan(conf.headers),
    answers: new AnswerPlan(conf.answerHeaders),
  };
}
