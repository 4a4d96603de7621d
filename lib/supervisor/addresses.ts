/**
 * Which addresses lead to the front door: for the person at this machine, and
 * for the others on the network.
 * @module
 */

import { isCertified } from "../certificate_hosts.ts";
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

/** Addresses to print. */
export interface Addresses {
  /** For the person at this machine. */
  own: string;
  /** For those on the network, where the door is open to them. */
  others: string[];
}

/**
 * What leads to the front door, over https as far as the certificate is good
 * for it. `name` stands for all where the conf serves names only.
 */
export function addressesOf(
  door: FrontDoor,
  { interfaces, name, certified }: {
    interfaces: readonly NetworkAddress[];
    name?: string | undefined;
    certified?: readonly string[] | undefined;
  },
): Addresses {
  if (name !== undefined) return { own: originOf(name, door), others: [] };
  const local = isAnyAddress(door.ip) ? "127.0.0.1" : door.ip;
  const network = networkHosts(door, interfaces);
  if (!door.secure || certified === undefined) {
    const others = network.map((host) => originOf(host, door));
    return { own: originOf(local, door), others };
  }
  const names = certified.filter((host) => /^[a-z][^*]*$/i.test(host));
  const own = [local, ...names].find((host) => isCertified(host, certified));
  const others = [
    ...names.filter((host) => isAnyAddress(door.ip) && host !== "localhost"),
    ...network.filter((host) => isCertified(host, certified)),
  ];
  return {
    own: originOf(own ?? local, door),
    others: others.map((host) => originOf(host, door)),
  };
}

/** Where others find the door: no loopback, nothing that needs a zone. */
function networkHosts(
  { ip }: FrontDoor,
  interfaces: readonly NetworkAddress[],
): string[] {
  if (!isAnyAddress(ip)) return [];
  return interfaces
    .filter(({ family }) => family === "IPv4" || ip === "::")
    .map(({ address }) => address)
    .filter((address) => !/^(127\.|169\.254\.|::1$|fe80:)/.test(address));
}
