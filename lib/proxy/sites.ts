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
import { HeaderPlan } from "./heads.ts";
import { Health } from "./health.ts";
import type { Pool } from "./pool.ts";
import { Router } from "./route.ts";

/** One target of one location. */
export interface Backend extends Candidate {
  pool: Pool;
}

/** A location and what it needs to serve. */
export interface Site {
  prefix: string;
  conf: LocationConf;
  backends: Backend[];
  policy: Policy;
  plan: HeaderPlan;
}

/** Everything that a conf serves. */
export interface Sites {
  router: Router<Site>;
  pools: Pool[];
}

/** Builds them; `newPool` makes the pool for an address. */
export function buildSites(
  conf: Conf,
  newPool: (target: TargetConf) => Pool,
): Sites {
  const pools = new Map<string, Pool>();
  const poolOf = (target: TargetConf): Pool => {
    const address = addressOf(target);
    const pool = pools.get(address) ?? newPool(target);
    pools.set(address, pool);
    return pool;
  };
  const hosts = conf.hosts.map(({ pattern, locations }) => ({
    pattern,
    locations: locations.map((location) => siteOf(location, poolOf)),
  }));
  return { router: new Router(hosts), pools: [...pools.values()] };
}

function siteOf(
  conf: LocationConf,
  poolOf: (target: TargetConf) => Pool,
): Site {
  return {
    prefix: conf.prefix,
    conf,
    backends: conf.targets.map((target) => ({
      address: addressOf(target),
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
  };
}
