/**
 * The flags that backend and tracker share.
 * @module
 */
import type { Flag } from "./command.ts";

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
  } satisfies Record<string, Flag>;
}
