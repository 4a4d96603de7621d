/**
 * An asset as the answer to a request: encoding, 304, ranges, HEAD. Knows
 * nothing of paths and pages.
 * @module
 */
import type { Asset } from "./asset.ts";
import {
  type ByteRange,
  isNotModified,
  requestedRange,
} from "./conditional.ts";
import { type Encoding, preferredEncoding } from "./negotiate.ts";

export interface Delivery {
  cacheControl: string;
  /** Set where the request's language decided what is sent. */
  language?: string | undefined;
  status?: number;
}

/** The bytes to send and the headers that speak of them. */
interface Representation {
  content: Uint8Array<ArrayBuffer> | string;
  size: number;
  etag: string;
  headers: Headers;
}

export async function respond(
  request: Request,
  asset: Asset,
  delivery: Delivery,
): Promise<Response> {
  const representation = await represent(request, asset, delivery);
  const { headers, etag, size } = representation;
  const { status = 200 } = delivery;
  const { modifiedMs } = asset.facts;
  if (status !== 200) return send(request, representation, { status });
  if (isNotModified(request.headers, { etag, modifiedMs })) {
    headers.delete("Content-Type");
    return new Response(null, { status: 304, headers });
  }
  const range = request.method === "GET"
    ? requestedRange(request.headers, { etag, modifiedMs, size })
    : undefined;
  if (range === "unsatisfiable") {
    headers.set("Content-Range", `bytes */${size}`);
    headers.delete("Content-Type");
    return new Response(null, { status: 416, headers });
  }
  if (range === undefined) return send(request, representation, { status });
  const { first, last } = range;
  headers.set("Content-Range", `bytes ${first}-${last}/${size}`);
  return send(request, representation, { status: 206, range });
}

async function represent(
  request: Request,
  asset: Asset,
  { cacheControl, language }: Delivery,
): Promise<Representation> {
  const { tag, type, size, modifiedMs, content } = asset.facts;
  const encoding = await encodingFor(request, asset);
  const headers = new Headers({
    "Content-Type": type,
    "Cache-Control": cacheControl,
    "Last-Modified": new Date(modifiedMs).toUTCString(),
    "Accept-Ranges": "bytes",
  });
  const vary = [
    ...(asset.compressible ? ["Accept-Encoding"] : []),
    ...(language === undefined ? [] : ["Accept-Language"]),
  ];
  if (vary.length > 0) headers.set("Vary", vary.join(", "));
  if (language !== undefined) headers.set("Content-Language", language);
  const etag = encoding === undefined
    ? `"${tag}"`
    : `"${tag}-${encoding.name}"`;
  headers.set("ETag", etag);
  if (encoding === undefined) return { content, size, etag, headers };
  headers.set("Content-Encoding", encoding.name);
  const { bytes } = encoding;
  return { content: bytes, size: bytes.length, etag, headers };
}

/** A part is always one of the plain content: that is what has offsets. */
async function encodingFor(
  request: Request,
  asset: Asset,
): Promise<
  { name: Encoding; bytes: Uint8Array<ArrayBuffer> } | undefined
> {
  if (!asset.compressible || request.headers.has("range")) return undefined;
  const name = preferredEncoding(request.headers.get("accept-encoding"));
  const bytes = name && await asset.encoded(name);
  return name && bytes && { name, bytes };
}

async function send(
  request: Request,
  { content, size, headers }: Representation,
  { status, range = { first: 0, last: size - 1 } }: {
    status: number;
    range?: ByteRange;
  },
): Promise<Response> {
  headers.set("Content-Length", String(range.last - range.first + 1));
  if (request.method === "HEAD") return new Response(null, { status, headers });
  const body = typeof content === "string"
    ? await openPart(content, range)
    : content.subarray(range.first, range.last + 1);
  return new Response(body, { status, headers });
}

/** Streams a part of a file; the file closes with the stream. */
async function openPart(
  path: string,
  { first, last }: ByteRange,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const file = await Deno.open(path);
  await file.seek(first, Deno.SeekMode.Start);
  let left = last - first + 1;
  const upToLast = new TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  >({
    transform(chunk, controller) {
      controller.enqueue(chunk.subarray(0, left));
      left -= Math.min(left, chunk.length);
      if (left === 0) controller.terminate();
    },
  });
  return file.readable.pipeThrough(upToLast);
}
