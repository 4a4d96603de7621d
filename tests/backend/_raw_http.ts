/**
 * Requests as bytes over TCP, for what a client library would tidy up.
 * @module
 */

export interface RawAnswer {
  status: number;
  head: string;
  body: string;
}

/** Sends `parts` as they are and reads until the server closes. */
export async function rawExchange(
  url: string,
  ...parts: (string | Uint8Array)[]
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const bytes = parts.map((part) =>
    typeof part === "string" ? new TextEncoder().encode(part) : part
  );
  const sent = new Blob(bytes.map((part) => part.slice())).stream()
    .pipeTo(connection.writable, { preventClose: true });
  const text = await new Response(connection.readable).text();
  await sent;
  const [head = "", ...body] = text.split("\r\n\r\n");
  const status = Number(head.split(" ")[1]);
  return { status, head, body: body.join("\r\n\r\n") };
}

/** A request with the header that makes the server close after it. */
export function requestText(
  method: string,
  target: string,
  headers: string[] = [],
): string {
  const lines = ["Host: 127.0.0.1", "Connection: close", ...headers];
  return `${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}
