/**
 * Which addresses lead to the front door: for the person at this machine, and
 * for the others on the network.
 * @module
 */

import type { FrontDoor } from "./front_door.ts";

/** What Deno.networkInterfaces() tells about one address. */
export interface NetworkAddress {
  family: "IPv4" | "IPv6";
  address: string;
}

/** Whether `ip` means every address of this machine. */
export function isAnyAddress(ip: string): boolean {
  return ip === "0.0.0.0" || ip === "::";
}

/** `http://host:port`, with brackets around IPv6. */
export function originOf(host: string, { port, secure }: FrontDoor): string {
  const scheme = secure ? "https" : "http";
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Where this machine itself reaches a front door. */
export function localOrigin(door: FrontDoor): string {
  return originOf(isAnyAddress(door.ip) ? "127.0.0.1" : door.ip, door);
}

/** What to give to the others: no loopback, nothing that needs a zone. */
export function lanOrigins(
  door: FrontDoor,
  interfaces: readonly NetworkAddress[],
): string[] {
  const { ip } = door;
  if (!isAnyAddress(ip)) return [];
  return interfaces
    .filter(({ family }) => family === "IPv4" || ip === "::")
    .map(({ address }) => address)
    .filter((address) => !/^(127\.|169\.254\.|::1$|fe80:)/.test(address))
    .map((address) => originOf(address, door));
}
