/**
 * `deno task bench [NAME] [ARGUMENTS]`: which bench to run.
 * @module
 */
import { benchChat } from "./chat_bench.ts";
import { benchKeys } from "./keys_bench.ts";
import { benchLog } from "./log_bench.ts";
import { benchLogins } from "./login_bench.ts";
import { benchMesh } from "./mesh_bench.ts";
import { benchProxy } from "./proxy_bench.ts";
import { benchSlowClients } from "./slow_clients_bench.ts";

const BENCHES: Record<string, (args: string[]) => Promise<void>> = {
  chat: benchChat,
  logins: benchLogins,
  keys: benchKeys,
  log: benchLog,
  mesh: benchMesh,
  proxy: benchProxy,
  slow: benchSlowClients,
};

async function main([first, ...rest]: string[]): Promise<void> {
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
