import assert from "node:assert/strict";
import { ManualClock, systemClock } from "../../lib/clock.ts";
import { answers } from "../../lib/supervisor/ready.ts";

/** A server that answers every connection with `text`, and what it was sent. */
async function withServer(
  text: string,
  run: (url: string, sent: string[]) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const sent: string[] = [];
  const serve = async () => {
    for await (const connection of listener) {
      const bytes = new Uint8Array(1024);
      const count = await connection.read(bytes) ?? 0;
      sent.push(new TextDecoder().decode(bytes.subarray(0, count)));
      await connection.write(new TextEncoder().encode(text));
      connection.close();
    }
  };
  const served = serve();
  try {
    await run(`http://127.0.0.1:${listener.addr.port}/healthz`, sent);
  } finally {
    listener.close();
    await served;
  }
}

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

Deno.test("answers() holds for a 200, of which it asks with path and Host", () =>
  withServer(OK, async (url, sent) => {
    assert.equal(await answers(url, systemClock), true);
    assert.match(sent[0] ?? "", /^GET \/healthz HTTP\/1\.1\r\n/);
    assert.ok(sent[0]?.includes(`\r\nHost: ${new URL(url).host}\r\n`));
  }));

for (
  const [what, text] of [
    ["a 502", OK.replace("200 OK", "502 Bad Gateway")],
    ["no HTTP", "200 OK\r\n"],
    ["an answer that is endless", "no ".repeat(10_000)],
    ["no answer at all", ""],
  ] as const
) {
  Deno.test(`answers() fails for ${what}`, () =>
    withServer(text, async (url) => {
      assert.equal(await answers(url, systemClock), false);
    }));
}

Deno.test("answers() fails where nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const url = `http://127.0.0.1:${port}/healthz`;
  assert.equal(await answers(url, systemClock), false);
});

Deno.test("answers() fails for one that accepts and is silent, when its time is over", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const clock = new ManualClock();
  const url = `http://127.0.0.1:${listener.addr.port}/healthz`;
  const asked = answers(url, clock);
  const connection = await listener.accept();
  await connection.read(new Uint8Array(1024));
  clock.advance(2_000);
  assert.equal(await asked, false);
  connection.close();
  listener.close();
});
