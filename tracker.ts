/** The tracker: who is here, channels, signaling between peers. @module */
import { openDatabase } from "./lib/auth/database.ts";
import { databaseReplaced } from "./lib/auth/database_file.ts";
import { SqliteRevocations } from "./lib/auth/sqlite_revocations.ts";
import { SqliteSessions } from "./lib/auth/sqlite_sessions.ts";
import { systemClock as clock } from "./lib/clock.ts";
import { systemRandom as random } from "./lib/random.ts";
import * as command from "./lib/service/command.ts";
import { serveHttp } from "./lib/service/http_server.ts";
import { PERIOD_FLAGS, readPeriods } from "./lib/service/periods.ts";
import {
  readTrustedProxies,
  serviceFlags,
} from "./lib/service/service_flags.ts";
import { trackerHandler } from "./lib/tracker/http.ts";
import { Hub } from "./lib/tracker/hub.ts";

const SPEC: command.CommandSpec = {
  usage: "deno task tracker",
  summary: "Keeps who is online and relays the signals that link peers.",
  flags: {
    ...serviceFlags({
      port: 8000,
      grantingCommand:
        "deno run --allow-net --allow-read=DIR --allow-write=DIR tracker.ts",
    }),
    ...PERIOD_FLAGS,
  },
};

async function main(options: command.Options, { log, error }: command.Output) {
  const stopped = command.stopRequested();
  const periods = readPeriods(options);
  const trusts = readTrustedProxies(options);
  const dir = options.text("data");
  const database = openDatabase(dir);
  const sessions = new SqliteSessions(database, clock);
  const isLive = (session: string) => sessions.isLive(session);
  const revocations = new SqliteRevocations(database, clock);
  const lastRevocation = () => revocations.last();
  const authenticate = (request: Request) => sessions.authenticate(request);
  const hub = new Hub({
    ...{ clock, random, periods, isLive, lastRevocation, log: error },
  });
  const handler = trackerHandler({ hub, clock, authenticate, trusts });
  const [ip, port] = [options.text("server-ip"), options.port("server-port")];
  const server = serveHttp({ ip, port, flag: "server-port" }, handler);
  hub.start();
  log(`tracker listening on ${server.url}`);
  await Promise.race([stopped, databaseReplaced(dir, clock)]);
  hub.stop();
  await server.stop(clock);
  database.close();
}

if (import.meta.main) await command.runCommand(SPEC, main);
