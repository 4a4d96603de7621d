/**
 * WebSockets through the proxy's process, between the WebSocket of browsers and
 * a backend's real one.
 * @module
 */
import assert from "node:assert/strict";
import { Wire } from "../proxy/rig.ts";
import { ProxyProcess } from "./_proxy_process.ts";

interface Ended {
  code: number;
  reason: string;
}

interface Scene {
  proxy: ProxyProcess;
  url: string;
  /** How the backend's last socket ended. */
  backendEnded: Promise<Ended>;
}

/** Sends back what it gets; "close CODE REASON" closes. */
function serve(request: Request, ended: (how: Ended) => void): Response {
  const asked = request.headers.get("sec-websocket-protocol") ?? "";
  const protocol = asked.split(", ").find((it) => it === "chat.v2");
  const { socket, response } = Deno.upgradeWebSocket(
    request,
    protocol === undefined ? {} : { protocol },
  );
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => {
    const [word, code, ...reason] = typeof data === "string"
      ? data.split(" ")
      : [];
    if (word === "close") socket.close(Number(code), reason.join(" "));
    else socket.send(data);
  };
  socket.onclose = ({ code, reason }) => ended({ code, reason });
  return response;
}

async function withScene(test: (scene: Scene) => Promise<void>): Promise<void> {
  const ended = Promise.withResolvers<Ended>();
  const backend = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => serve(request, ended.resolve),
  );
  try {
    await using proxy = await ProxyProcess.start(
      `host "*" { proxy_pass http://127.0.0.1:${backend.addr.port}; }`,
    );
    const url = `ws://127.0.0.1:${proxy.port}/socket`;
    await test({ proxy, url, backendEnded: ended.promise });
  } finally {
    await backend.shutdown();
  }
}

function event<T extends Event>(socket: WebSocket, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    socket.addEventListener(name, (it) => resolve(it as T), { once: true });
    socket.addEventListener(
      "error",
      (it) => reject(new Error((it as ErrorEvent).message)),
      { once: true },
    );
  });
}

async function opened(url: string, protocols?: string[]): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols ?? []);
  socket.binaryType = "arraybuffer";
  await event(socket, "open");
  return socket;
}

async function echoed(
  socket: WebSocket,
  data: string | Uint8Array<ArrayBuffer>,
): Promise<unknown> {
  const coming = event<MessageEvent>(socket, "message");
  socket.send(data);
  return (await coming).data;
}

Deno.test("a WebSocket's subprotocol, text and bytes pass, and a code with its reason", async () => {
  await withScene(async ({ url, backendEnded }) => {
    const socket = await opened(url, ["chat.v1", "chat.v2"]);
    assert.equal(socket.protocol, "chat.v2");
    assert.equal(await echoed(socket, "xin chào"), "xin chào");
    const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251);
    const back = await echoed(socket, bytes);
    assert.deepEqual(new Uint8Array(back as ArrayBuffer), bytes);
    const ended = event<CloseEvent>(socket, "close");
    socket.close(4001, "done here");
    assert.deepEqual(await backendEnded, { code: 4001, reason: "done here" });
    assert.equal((await ended).code, 4001);
  });
});

Deno.test("a backend's close code and reason reach the client", async () => {
  await withScene(async ({ url }) => {
    const socket = await opened(url);
    const ended = event<CloseEvent>(socket, "close");
    socket.send("close 4002 come back later");
    const { code, reason, wasClean } = await ended;
    assert.deepEqual([code, reason], [4002, "come back later"]);
    assert.equal(wasClean, true);
  });
});

Deno.test("a frame of 16 MiB passes both ways", async () => {
  await withScene(async ({ url }) => {
    const socket = await opened(url);
    const bytes = new Uint8Array(16 * 1024 * 1024).fill(7);
    bytes[bytes.length - 1] = 9;
    const back = new Uint8Array(await echoed(socket, bytes) as ArrayBuffer);
    assert.equal(back.length, bytes.length);
    assert.equal(back.at(-1), 9);
    const ended = event(socket, "close");
    socket.close();
    await ended;
  });
});

Deno.test("a ping passes, and the backend's pong comes back", async () => {
  await withScene(async ({ proxy }) => {
    const wire = new Wire(await proxy.connect());
    await wire.send(
      "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    assert.match(await wire.until("\r\n\r\n"), /^HTTP\/1\.1 101 /);
    await wire.send("\u0089\u0082\0\0\0\0hi");
    assert.equal(await wire.take(4), "\u008a\u0002hi");
    wire.close();
  });
});

Deno.test("a proxy that is asked to stop tells both sides 1001", async () => {
  await withScene(async ({ proxy, url, backendEnded }) => {
    const socket = await opened(url);
    assert.equal(await echoed(socket, "here"), "here");
    const ended = event<CloseEvent>(socket, "close");
    proxy.process.signal("SIGTERM");
    assert.equal((await ended).code, 1001);
    assert.equal((await backendEnded).code, 1001);
    assert.equal((await proxy.process.ended()).code, 0);
  });
});
