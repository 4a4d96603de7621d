/**
 * Who a request comes from where trusted proxies stand in front: the last
 * address in X-Forwarded-For that no trusted proxy is at. What stands before it
 * may be anybody's invention. Pure.
 * @module
 */
import { isIP } from "node:net";
import { plainIp } from "../forwarded.ts";
import { Field, type Fields } from "../http1/fields.ts";

/** The address of the client, `peer` being the trusted proxy that speaks. */
export function clientAddressOf(
  fields: Fields,
  { peer, trusts }: { peer: string; trusts: (address: string) => boolean },
): string {
  let client = peer;
  for (const told of forwardedFor(fields).reverse()) {
    const address = bareAddress(told);
    // Behind what cannot be read, nothing is known.
    if (address === undefined) return client;
    client = address;
    if (!trusts(address)) return client;
  }
  return client;
}

/** Every address of the chain, first the farthest. */
export function forwardedFor(fields: Fields): string[] {
  const chain: string[] = [];
  for (
    let at = fields.find(Field.xForwardedFor);
    at !== -1;
    at = fields.find(Field.xForwardedFor, at + 1)
  ) chain.push(...fields.value(at).split(","));
  return chain.map((told) => told.trim()).filter((told) => told !== "");
}

/** `192.0.2.1:5` or `[2001:db8::1]:5`, as some write it, without its port. */
function bareAddress(told: string): string | undefined {
  const [, bracketed, ported] =
    /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(told) ?? [];
  const address = plainIp(bracketed ?? ported ?? told);
  return isIP(address) === 0 ? undefined : address;
}
