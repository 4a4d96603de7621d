/**
 * Which addresses lead to the front door: for the person at this machine, and
 * for the others on the network.
 * @module
 */

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
export function originOf(ip: string, port: number): string {
  return `http://${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
}

/** Where this machine itself reaches a front door that listens on `ip`. */
export function localOrigin(ip: string, port: number): string {
  return originOf(isAnyAddress(ip) ? "127.0.0.1" : ip, port);
}

/** What to give to the others: no loopback, nothing that needs a zone. */
export function lanOrigins(
  ip: string,
  port: number,
  interfaces: readonly NetworkAddress[],
): string[] {
  if (!isAnyAddress(ip)) return [];
  return interfaces
    .filter(({ family }) => family === "IPv4" || ip === "::")
    .map(({ address }) => address)
    .filter((address) => !/^(127\.|169\.254\.|::1$|fe80:)/.test(address))
    .map((address) => originOf(address, port));
}
