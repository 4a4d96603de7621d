/**
 * The names and addresses that a certificate is asked for, checked. Pure.
 * @module
 */
import { UsageError } from "../service/command.ts";
import { isAddress } from "./local_ca.ts";

/** Always among them: the machine itself opens these. */
export const LOCAL_HOSTS = ["localhost", "127.0.0.1", "::1"];
/** More in one certificate makes it large for every handshake. */
export const HOSTS_MAX = 50;

const NAME = /^(\*\.)?(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;
const NAME_CHARS_MAX = 253;

/** Each once, and this machine's own behind them; throws a UsageError. */
export function readHosts(typed: readonly string[]): string[] {
  const hosts = new Set([...typed.map(readHost), ...LOCAL_HOSTS]);
  if (hosts.size > HOSTS_MAX) {
    throw new UsageError(
      `Cannot take ${hosts.size} names: a certificate has room for ${HOSTS_MAX}`,
    );
  }
  return [...hosts];
}

function readHost(typed: string): string {
  const host = typed.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  const valid = isAddress(host) ? isValidAddress(host) : isValidName(host);
  if (valid) return host;
  throw new UsageError(
    `Cannot use the host "${typed}": give a name or an address alone, as in chat.lan or 192.168.1.5`,
  );
}

function isValidName(host: string): boolean {
  return host.length <= NAME_CHARS_MAX && NAME.test(host);
}

function isValidAddress(host: string): boolean {
  if (host.includes(":")) {
    return /^[0-9a-f:.]+$/.test(host) && URL.canParse(`http://[${host}]`);
  }
  const numbers = host.split(".");
  return numbers.length === 4 &&
    numbers.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
}
