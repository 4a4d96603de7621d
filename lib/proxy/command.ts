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
      help: "Address to listen on",
    },
    "server-port": {
      value: "PORT",
      fallback: "8081",
      help: "Port to listen on",
    },
    "config": {
      value: "FILE",
      fallback: "config/proxy.conf",
      help: "The conf",
      grantingCommand: "deno run --allow-net --allow-read=FILE proxy.ts",
    },
    "check": { help: "Only check the conf" },
    "map-target": {
      value: "FROM=TO",
      help: "Send to host:port TO what the conf sends to FROM",
      repeated: true,
    },
  },
};
