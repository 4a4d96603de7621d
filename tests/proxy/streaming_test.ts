/**
 * Answers that come bit by bit, and how many connections are kept for the next:
 * each piece leaves at once, and an end by accident never looks like a right one.
 * @module
 */
// deno-lint-ignore-file no-await-in-loop -- pieces come in their order
import assert from "node:assert/strict";
import net from "node:net";
import { readResponses } from "../http1/strict_reader.ts";
import { within } from "../tools/test_process.ts";
import {
  GET,
  ok,
  passing,
  type Rig,
  type Wire,
  withProxy,
  withRequest,
} from "./rig.ts";

const EVENT = "data: x\n\n";

for (
  const [title, head, framed] of [
    [
      "of known length",
      `HTTP/1.1 200 OK\r\nContent-Length: ${EVENT.length * 3}\r\n\r\n`,
      EVENT,
    ],
    [
      "that lasts until the close",
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
      `9\r\n${EVENT}\r\n`,
    ],
    [
      "in chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      `9\r\n${EVENT}\r\n`,
    ],
  ] as const
) {
  Deno.test(`each event of an answer ${title} leaves at once`, async () => {
    await withRequest({}, async ({ client, upstream }) => {
      await upstream.send(head);
      await client.until("\r\n\r\n");
      for (let at = 0; at < 3; at++) {
        await upstream.send(
          title === "in chunks" ? `9\r\n${EVENT}\r\n` : EVENT,
        );
        // The next is sent only when this one has arrived.
        assert.equal(await client.take(framed.length), framed);
      }
    });
  });
}

/** Runs `test` with a backend whose connections can be reset. */
async function withResettable(
  test: (port: number, accept: () => Promise<net.Socket>) => Promise<void>,
): Promise<void> {
  const accepted = Promise.withResolvers<net.Socket>();
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => accepted.resolve(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  try {
    await test(port, () => within(accepted.promise, () => "nobody came"));
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

for (
  const [title, head] of [
    ["until the close", "HTTP/1.1 200 OK\r\n\r\n"],
    ["by its length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"],
    ["in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
  ] as const
) {
  Deno.test(`an answer ${title} that ends by a reset never looks whole`, async () => {
    await withResettable(async (port, accept) => {
      const conf = `host "*" { proxy_pass http://127.0.0.1:${port}; }`;
      await withProxy({ conf }, async ({ connect }) => {
        const client = await connect();
        await client.send(GET);
        const upstream = await accept();
        upstream.write(
          head + (title === "in chunks" ? "4\r\nhalf\r\n" : "half"),
        );
        const begun = await client.until("half");
        upstream.resetAndDestroy();
        const text = begun + await client.rest();
        assert.match(text, /^HTTP\/1\.1 200 /);
        const { messages, rest } = readResponses(text);
        assert.deepEqual([messages, rest], [[], text]);
      });
    });
  });
}

/** As many requests at once as there are connections to the backend. */
async function together(
  { connect, backend }: Rig,
  count: number,
): Promise<{ client: Wire; upstream: Wire }[]> {
  const pairs = [];
  for (let at = 0; at < count; at++) {
    const client = await connect();
    await client.send(GET);
    const upstream = await backend.accept();
    await upstream.message();
    pairs.push({ client, upstream });
  }
  for (const { client, upstream } of pairs) {
    await upstream.send(ok("x"));
    await client.message();
  }
  return pairs;
}

function keeping(directives: string): string {
  return `${directives}\nhost "*" { proxy_pass http://127.0.0.1:{first}; }`;
}

Deno.test("proxy_keepalive says how many idle connections a backend has to hold", async () => {
  const conf = keeping("proxy_keepalive 2;");
  await withProxy({ conf }, async (rig) => {
    const pairs = await together(rig, 4);
    for (const { upstream } of pairs.slice(2)) {
      assert.equal(await upstream.rest(), "");
    }
    // The other two serve on: nobody dials anew.
    const [one, two] = pairs.slice(0, 2).map(({ upstream }) => upstream);
    for (const { client } of pairs.slice(0, 2)) await client.send(GET);
    await Promise.all([one!.message(), two!.message()]);
  });
});

Deno.test("proxy_keepalive 0 keeps no connection to a backend", async () => {
  const conf = keeping("proxy_keepalive 0;");
  await withProxy({ conf }, async (rig) => {
    const [pair] = await together(rig, 1);
    assert.equal(await pair!.upstream.rest(), "");
    await pair!.client.send(GET);
    const fresh = await rig.backend.accept();
    await fresh.message();
  });
});

Deno.test("proxy_keepalive_timeout ends an idle connection to a backend", async () => {
  const conf = keeping("proxy_keepalive_timeout 30s;");
  await withProxy({ conf }, async (rig) => {
    const [pair] = await together(rig, 1);
    const [rest, tookMs] = await passing(rig.clock, pair!.upstream.rest());
    assert.equal(rest, "");
    assert.ok(tookMs >= 30_000 && tookMs < 33_000, String(tookMs));
  });
});

Deno.test("a backend that says close is not asked on that connection again", async () => {
  await withRequest({}, async ({ client, upstream, backend }) => {
    await upstream.send(ok("one", "Connection: close\r\n"));
    assert.match(await client.message(), /one$/);
    assert.equal(await upstream.rest(), "");
    await client.send(GET);
    const fresh = await backend.accept();
    await fresh.message();
  });
});

Deno.test("what a backend sends behind a HEAD, a 204 or a 304 reaches nobody", async () => {
  for (
    const [request, answer] of [
      ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"],
      ["GET", "HTTP/1.1 204 No\r\nContent-Length: 4\r\n\r\nevil"],
      ["GET", "HTTP/1.1 304 Same\r\nTransfer-Encoding: chunked\r\n\r\nevil"],
    ] as const
  ) {
    await withProxy({}, async ({ connect, backend }) => {
      const client = await connect();
      await client.send(GET.replace("GET", request));
      const upstream = await backend.accept();
      await upstream.until("\r\n\r\n");
      await upstream.send(answer);
      await client.until("\r\n\r\n");
      // The connection is out of step: the next request goes out on another.
      await client.send(GET);
      const fresh = await backend.accept();
      await fresh.message();
      await fresh.send(ok("fine"));
      assert.match(await client.message(), /^HTTP\/1\.1 200 OK\r\n.*fine$/s);
    });
  }
});

Deno.test("an answer that comes before the body is read, with a reset behind it, reaches the client", async () => {
  await withProxy({}, async ({ connect, backend }) => {
    const client = await connect();
    const size = 1024 * 1024;
    const sending = client.send(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${
        "x".repeat(size)
      }`,
    ).catch(() => {
      // Nobody has to take the rest of it.
    });
    const upstream = await backend.accept();
    await upstream.until("\r\n\r\n");
    await upstream.send("HTTP/1.1 413 Large\r\nContent-Length: 3\r\n\r\nbig");
    // With bytes unread, the system resets instead of ending in order.
    upstream.close();
    assert.match(await client.message(), /^HTTP\/1\.1 413 Large\r\n.*big$/s);
    client.close();
    await sending;
  });
});
