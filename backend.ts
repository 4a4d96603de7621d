/** The backend: login, sessions, pages and static files. @module */
import { Hono } from "hono";
import { accountRoutes } from "./lib/auth/account_http.ts";
import { type Auth, openAuth } from "./lib/auth/auth.ts";
import { FileAudit } from "./lib/auth/audit.ts";
import { DEFAULT_ACCOUNT_NOTICE } from "./lib/auth/default_account.ts";
import { openDatabase } from "./lib/auth/database.ts";
import { databaseReplaced } from "./lib/auth/database_file.ts";
import * as guard from "./lib/auth/guard.ts";
import { authRoutes } from "./lib/auth/http.ts";
import { errorAnswer } from "./lib/auth/http_error.ts";
import { identityRoutes } from "./lib/auth/identity_http.ts";
import { joinRoutes } from "./lib/auth/join_http.ts";
import { safeNext } from "./lib/auth/next_path.ts";
import { openServerKey } from "./lib/auth/server_key.ts";
import { sweepRegularly } from "./lib/auth/sessions.ts";
import { inTurns } from "./lib/auth/turns.ts";
import { systemClock as clock } from "./lib/clock.ts";
import { believedRequest, type Trust } from "./lib/forwarded.ts";
import * as command from "./lib/service/command.ts";
import { serveHttp } from "./lib/service/http_server.ts";
import {
  readTrustedProxies,
  serviceFlags,
} from "./lib/service/service_flags.ts";
import { countRequests, siteRoutes } from "./lib/site/http.ts";
import { securityHeaders } from "./lib/site/security_headers.ts";
import { openSite, type Site } from "./lib/site/site.ts";

const SPEC: command.CommandSpec = {
  usage: "deno task backend",
  summary: "Serves login, accounts, sessions, pages and static files.",
  flags: serviceFlags({
    port: 9000,
    grantingCommand:
      "deno run --allow-net --allow-read=www,static,DIR --allow-write=DIR backend.ts",
  }),
};

/** The whole backend as one handler; `log` gets a line for each fault. */
export function joinBackend({ auth, site, trusts, log }: {
  auth: Auth;
  site: Site;
  /** Whose X-Forwarded-* headers are believed. */
  trusts: Trust;
  log(line: string): void;
}): Deno.ServeHandler {
  const isOperator = guard.isDirectAndLocal;
  const app = new Hono<guard.BackendEnv>()
    .use(securityHeaders, countRequests(site.counters))
    .use(guard.refuseBadHost, guard.refuseForeignOrigin, inTurns(clock))
    .route("/", authRoutes({ ...auth, ...site, log }))
    .route("/", joinRoutes({ ...auth, ...site, log }))
    .route("/", accountRoutes({ ...auth, ...site, log }))
    .route("/", identityRoutes({ ...auth, log }))
    .route("/", siteRoutes({ ...auth, ...site, isOperator, safeNext }))
    .onError(errorAnswer(log));
  return (request, { remoteAddr }) =>
    app.fetch(believedRequest(request, remoteAddr, trusts), {
      remoteAddr,
      trusts,
    });
}

async function main(options: command.Options, { log, error }: command.Output) {
  const stopped = command.stopRequested();
  const trusts = readTrustedProxies(options);
  const dir = options.text("data");
  const database = openDatabase(dir);
  const audit = new FileAudit(dir, clock);
  const serverKey = openServerKey(dir, database);
  const auth = openAuth(database, { clock, audit, serverKey });
  const site = openSite(import.meta.dirname ?? ".", clock);
  const handler = joinBackend({ auth, site, trusts, log: error });
  const [ip, port] = [options.text("server-ip"), options.port("server-port")];
  // First: `start` prints the address to open once the server answers.
  if (await auth.defaultAccountOn()) log(DEFAULT_ACCOUNT_NOTICE);
  const server = serveHttp({ ip, port, flag: "server-port" }, handler);
  log(`backend listening on ${server.url}`);
  await auth.ready;
  const stopSweeping = sweepRegularly(auth.sessions, { clock, log: error });
  await Promise.race([stopped, databaseReplaced(dir, clock)]);
  stopSweeping();
  await server.stop(clock);
  database.close();
}

if (import.meta.main) await command.runCommand(SPEC, main);
