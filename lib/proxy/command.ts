/**
 * The proxy's command line, as data.
 * @module
 */

/** Its flags and what --help says of them. */
export const proxyCommand = {
  usage: "deno task proxy",
  summary: "Routes requests to backend and tracker as its conf says.",
  flags: {
    "server-ip": {
      value: "IP",
      fallback: "127.0.0.1",
      help: "Address of every listen that names none",
    },
    "server-port": {
      value: "PORT",
      help:
        "Port to listen on beside those of the conf (8081 where that names none)",
    },
    "config": {
      value: "FILE",
      fallback: "config/proxy.conf",
      help: "The conf",
      grantingCommand: "deno run --allow-net --allow-read=lib,FILE proxy.ts",
    },
    "check": { help: "Only check the conf" },
    "map-target": {
      value: "FROM=TO",
      help: "Send to host:port TO what the conf sends to FROM",
      repeated: true,
    },
  },
};
