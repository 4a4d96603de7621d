/**
 * `deno task bench [NAME] [ARGUMENTS]`: which bench to run.
 * @module
 */
import { benchChat } from "./chat_bench.ts";
import { benchFiles } from "./files_bench.ts";
import { benchCrowd } from "./crowd_bench.ts";
import { benchKeys } from "./keys_bench.ts";
import { benchLog } from "./log_bench.ts";
import { benchLogins } from "./login_bench.ts";
import { benchMesh } from "./mesh_bench.ts";
import { benchLinks } from "./native_links_bench.ts";
import { benchPage } from "./page_bench.ts";
import { benchProxy } from "./proxy_bench.ts";
import { benchSlowClients } from "./slow_clients_bench.ts";
import { benchTrip } from "./trip_bench.ts";

const BENCHES: Record<string, (args: string[]) => Promise<void>> = {
  chat: benchChat,
  files: benchFiles,
  crowd: benchCrowd,
  links: benchLinks,
  logins: benchLogins,
  keys: benchKeys,
  log: benchLog,
  mesh: benchMesh,
  page: benchPage,
  proxy: benchProxy,
  slow: benchSlowClients,
  trip: benchTrip,
};

const USAGE = `Usage: deno task bench [NAME] [ARGUMENTS]

  [chat] [ROUNDS]    messages between two browsers; what runs without a name
  files [MIB]        a file between two browsers, beside a bare data channel
  crowd [PEERS]      50 native peers and both browsers in one channel
  keys               making and using keys
  links              bare links of native WebRTC libraries
  logins             pages while very many people log in
  mesh               meshes of thousands, simulated
  proxy              the proxy beside others: --rounds N, --seconds N,
                     --against nginx,HAProxy,Caddy,http-proxy,
                     --bytes 1024|65536, --connections 64|512
  slow               a second client beside slow ones, and nginx in the same
                     place: --connections N, --seconds N, --rounds N
`;

async function main([first, ...rest]: string[]): Promise<void> {
  if (first === "--help" || rest.includes("--help")) {
    Deno.stdout.writeSync(new TextEncoder().encode(USAGE));
    return;
  }
  if (first === undefined || /^\d+$/.test(first)) {
    return await benchChat(first === undefined ? [] : [first]);
  }
  const bench = BENCHES[first];
  if (bench === undefined) {
    const names = Object.keys(BENCHES).join(", ");
    throw new Error(`No bench "${first}"; there are ${names}`);
  }
  await bench(rest);
}

await main(Deno.args);
Deno.exit(0);
