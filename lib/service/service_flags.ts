/**
 * The flags that backend and tracker share.
 * @module
 */
import { LOOPBACK, type Trust, trustedProxies } from "../forwarded.ts";
import { type Flag, type Options, UsageError } from "./command.ts";

/** Our own proxy stands on the same machine. */
export const TRUSTED_BY_DEFAULT = LOOPBACK;

/** Also a flag of `start`, which passes it on. */
export const TRUSTED_PROXY = {
  value: "ADDRESS",
  help:
    "Proxy in front whose X-Forwarded-* headers are believed, like 10.0.0.9 or 10.0.0.0/8; may be given several times",
  repeated: true,
} satisfies Flag;

/** Where a service listens, and where its data is. */
export function serviceFlags(
  { port, grantingCommand }: { port: number; grantingCommand: string },
) {
  return {
    "server-ip": { value: "IP", fallback: "127.0.0.1", help: "Address" },
    "server-port": { value: "PORT", fallback: String(port), help: "Port" },
    "data": {
      value: "DIR",
      fallback: "data",
      help: "Folder of the database",
      grantingCommand,
    },
    "trusted-proxy": { ...TRUSTED_PROXY, fallback: TRUSTED_BY_DEFAULT },
  } satisfies Record<string, Flag>;
}

/** Whom --trusted-proxy names; UsageError where that is no address. */
export function readTrustedProxies(options: Options): Trust {
  try {
    return trustedProxies(options.list("trusted-proxy"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`Cannot use --trusted-proxy: ${reason}`, { cause });
  }
}
