/**
 * The network that an address counts as. Pure.
 * @module
 */
import { plainIp } from "../forwarded.ts";

/**
 * An IPv4 address as it is, also one within IPv6, and of IPv6 the first 64 bits:
 * whoever has one such address has all of that network.
 */
export function networkOf(address: string): string {
  const ip = plainIp(address);
  if (!ip.includes(":")) return ip;
  const groups = groupsOf(ip);
  const mapped = groups.slice(0, 5).every((group) => group === 0) &&
    groups[5] === 0xffff;
  return mapped
    ? ipv4Of(groups.slice(6))
    : `${groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}

/** The eight numbers of an IPv6 address, however it is spelled. */
function groupsOf(ip: string): number[] {
  const [front = [], back] = ip.split("::").map(numbersOf);
  if (back === undefined) return front;
  const zeros = new Array(Math.max(0, 8 - front.length - back.length)).fill(0);
  return [...front, ...zeros, ...back];
}

/** The groups of a part of an address; the last may be written as IPv4. */
function numbersOf(part: string): number[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    if (!group.includes(".")) return parseInt(group, 16);
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a << 8 | b, c << 8 | d];
  });
}

function ipv4Of(groups: number[]): string {
  return groups.flatMap((bits) => [bits >> 8, bits & 255]).join(".");
}
