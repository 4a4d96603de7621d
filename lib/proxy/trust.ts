/**
 * Which peers may speak for others: whose X-Forwarded-* headers are believed.
 * @module
 */
import { BlockList } from "node:net";

/** A test for addresses within `networks` (`10.0.0.0/8`, `::1/128`). */
export function trustedBy(networks: string[]): (address: string) => boolean {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits = ""] = network.split("/");
    list.addSubnet(address, Number(bits), familyOf(address));
  }
  return (address) => list.check(address, familyOf(address));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return address.includes(":") ? "ipv6" : "ipv4";
}
