/**
 * Where Prometheus asks: a listener on loopback, apart from the clients' doors.
 * @module
 */
import { DoorError, type Prepared } from "./doors.ts";

interface Place {
  hostname: string;
  port: number;
}

/** Names under which this machine asks itself; another is a page's trick. */
const OWN_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The one listener for metrics, or none. */
export class MetricsDoor {
  readonly #read: () => Promise<string>;
  #place: Place | undefined;
  #server: Deno.HttpServer | undefined;

  /** `read` makes the page. */
  constructor(read: () => Promise<string>) {
    this.#read = read;
  }

  /** Makes another place ready; throws a DoorError where that is not free. */
  prepare(place: Place | undefined): Prepared {
    if (JSON.stringify(place) === JSON.stringify(this.#place)) {
      return { commit() {}, abandon() {} };
    }
    const server = place && this.#listen(place);
    return {
      commit: () => {
        void this.#server?.shutdown();
        this.#server = server;
        this.#place = place;
      },
      abandon: () => void server?.shutdown(),
    };
  }

  async stop(): Promise<void> {
    await this.#server?.shutdown();
  }

  #listen(place: Place): Deno.HttpServer {
    try {
      return Deno.serve(
        { ...place, onListen() {} },
        (request) => this.#answer(request),
      );
    } catch (error) {
      throw new DoorError({ ...place, kind: "plain" }, error);
    }
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (!OWN_HOST.test(request.headers.get("host") ?? "")) {
      return new Response("Ask by an address of this machine\n", {
        status: 403,
      });
    }
    if (pathname === "/healthz") return new Response("ok\n");
    if (pathname !== "/metrics") {
      return new Response("Look at /metrics or /healthz\n", { status: 404 });
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response(null, { status: 405, headers: { allow: "GET" } });
    }
    const headers = { "content-type": TYPE, "cache-control": "no-store" };
    return new Response(await this.#read(), { headers });
  }
}
