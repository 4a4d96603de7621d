/**
 * The proxies that a bench compares, and the upstream that they all ask. Each
 * gets the settings its makers advise for this work: one worker, kept upstream
 * connections, no access log, the same X-Forwarded-* headers.
 * @module
 */
import { freePort, PinnedProcess } from "./pinned_process.ts";

export const CONTESTANTS = [
  "WeApRous",
  "nginx",
  "HAProxy",
  "Caddy",
  "http-proxy",
] as const;
export type Contestant = typeof CONTESTANTS[number];

/** The core of the proxy under test; all else shares the other one. */
export const PROXY_CORE = 0;
export const CLIENT_CORE = 1;

/** As many upstream connections as the largest case has clients. */
const KEPT = 1024;
const HTTP_PROXY_VERSION = "1.18.1";

export interface Setting {
  /** A folder to write configurations into. */
  folder: string;
  upstreamPort: number;
}

type Start = (setting: Setting) => Promise<PinnedProcess>;

const STARTS: Record<Contestant, Start> = {
  async WeApRous({ folder, upstreamPort }) {
    const port = freePort();
    const conf = `${folder}/proxy.conf`;
    await Deno.writeTextFile(
      conf,
      `proxy_keepalive ${KEPT};
       proxy_keepalive_timeout 60s;
       host "*" { proxy_pass http://127.0.0.1:${upstreamPort}; }`,
    );
    const flags = [`--config`, conf, `--server-port`, String(port)];
    return await onProxyCore(port, [
      ...[Deno.execPath(), "run", "--allow-net", `--allow-read=${conf}`],
      ...["proxy.ts", ...flags],
    ]);
  },

  async nginx({ folder, upstreamPort }) {
    const port = freePort();
    const conf = `${folder}/nginx.conf`;
    await Deno.writeTextFile(
      conf,
      nginxConf(
        `${folder}/nginx`,
        `upstream backend {
           server 127.0.0.1:${upstreamPort};
           keepalive ${KEPT}; keepalive_requests 1000000000;
         }
         server {
           listen 127.0.0.1:${port} backlog=4096;
           location / {
             proxy_pass http://backend;
             proxy_http_version 1.1;
             # Writing to the disk what a slow client does not take stops nginx
             # for seconds.
             proxy_max_temp_file_size 0;
             proxy_set_header Connection "";
             proxy_set_header Host $http_host;
             proxy_set_header X-Forwarded-For $remote_addr;
             proxy_set_header X-Forwarded-Proto $scheme;
             proxy_set_header X-Forwarded-Host $http_host;
           }
         }`,
      ),
    );
    return await onProxyCore(port, ["/usr/sbin/nginx", "-c", conf]);
  },

  async HAProxy({ folder, upstreamPort }) {
    const port = freePort();
    const conf = `${folder}/haproxy.cfg`;
    await Deno.writeTextFile(
      conf,
      `global
  nbthread 1
  maxconn 8192
  tune.pool-low-fd-ratio 100
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option forwardfor
frontend front
  bind 127.0.0.1:${port}
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  default_backend back
backend back
  server one 127.0.0.1:${upstreamPort} pool-max-conn ${KEPT}
`,
    );
    return await onProxyCore(port, ["/usr/sbin/haproxy", "-db", "-f", conf]);
  },

  async Caddy({ folder, upstreamPort }) {
    const port = freePort();
    const conf = `${folder}/Caddyfile`;
    await Deno.writeTextFile(
      conf,
      `{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  reverse_proxy 127.0.0.1:${upstreamPort} {
    transport http {
      keepalive_idle_conns_per_host ${KEPT}
    }
  }
}
`,
    );
    const flags = ["run", "--config", conf, "--adapter", "caddyfile"];
    return await onProxyCore(port, ["/usr/bin/caddy", ...flags], {
      GOMAXPROCS: "1",
      HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
    });
  },

  async "http-proxy"({ folder, upstreamPort }) {
    const port = freePort();
    await installHttpProxy(folder);
    const script = `${folder}/http_proxy.cjs`;
    await Deno.writeTextFile(
      script,
      `const { Agent } = require("node:http");
       const agent = new Agent({ keepAlive: true, maxFreeSockets: ${KEPT} });
       const target = "http://127.0.0.1:${upstreamPort}";
       require("http-proxy")
         .createProxyServer({ target, agent, xfwd: true })
         .on("error", (error, request, response) => response.destroy())
         .listen(${port}, "127.0.0.1");`,
    );
    return await onProxyCore(port, ["node", script], {
      NODE_ENV: "production",
    });
  },
};

/** Starts one of them. */
export function startContestant(
  name: Contestant,
  setting: Setting,
): Promise<PinnedProcess> {
  return STARTS[name](setting);
}

/**
 * nginx with files of the given sizes, as `/1024` and so on; `/post/1024` reads a
 * body to its end before it answers with the file.
 */
export async function startUpstream(
  folder: string,
  sizes: readonly number[],
): Promise<PinnedProcess> {
  const port = freePort();
  const root = `${folder}/files`;
  await Deno.mkdir(root);
  await Promise.all(
    sizes.map((size) =>
      Deno.writeFile(`${root}/${size}`, new Uint8Array(size).fill(97))
    ),
  );
  const conf = `${folder}/upstream.conf`;
  await Deno.writeTextFile(
    conf,
    nginxConf(
      `${folder}/upstream`,
      `sendfile on; tcp_nopush on; open_file_cache max=100;
       server {
         listen 127.0.0.1:${port} backlog=4096; root ${root};
         location /post/ {
           proxy_pass http://127.0.0.1:${port}/; proxy_method GET;
         }
       }`,
    ),
  );
  const command = ["/usr/sbin/nginx", "-c", conf];
  return await PinnedProcess.start({ core: CLIENT_CORE, command, port });
}

function nginxConf(prefix: string, http: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${prefix}-${kind};`).join(" ");
  return `worker_processes 1; daemon off; pid ${prefix}.pid;
    error_log ${prefix}.log; worker_rlimit_nofile 16384;
    events { worker_connections 8192; }
    http {
      access_log off; tcp_nodelay on; ${temporary}
      keepalive_requests 1000000000; keepalive_timeout 3600s;
      ${http}
    }`;
}

function onProxyCore(
  port: number,
  command: string[],
  env: Record<string, string> = {},
): Promise<PinnedProcess> {
  return PinnedProcess.start({ core: PROXY_CORE, command, port, env });
}

async function installHttpProxy(folder: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("npm", {
    args: ["install", "--no-audit", "--no-fund", "--prefix", folder].concat(
      `http-proxy@${HTTP_PROXY_VERSION}`,
    ),
    stdin: "null",
  }).output();
  if (success) return;
  const why = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot install http-proxy: ${why}`);
}
