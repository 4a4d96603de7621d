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
import { SECURITY_HEADERS } from "./security_headers.ts";

export interface Delivery {
  cacheControl: string;
  /** Set where the request's language decided what is sent. */
  language?: string;
  status?: number;
}

/** The plain content of an asset, or one of its encodings. */
interface Form {
  encoding?: Encoding;
  content: Uint8Array<ArrayBuffer> | string;
  size: number;
}

interface Representation extends Form {
  etag: string;
  /** The answer to a plain GET, where its content is held; only ever copied. */
  whole: Response;
}

/**
 * By asset and by how it is sent. Making a dozen headers takes thirty times as
 * long as copying an answer, and would be most of what a small file costs.
 */
const representations = new WeakMap<Asset, Map<string, Representation>>();

export async function respond(
  request: Request,
  asset: Asset,
  delivery: Delivery,
): Promise<Response> {
  const form = await chooseForm(request, asset);
  const representation = represent(asset, form, delivery);
  const { status = 200 } = delivery;
  const { etag, size, whole } = representation;
  const facts = { etag, size, modifiedMs: asset.facts.modifiedMs };
  if (status === 200 && isNotModified(request.headers, facts)) {
    return withoutContent(representation, 304);
  }
  const range = status === 200 && request.method === "GET"
    ? requestedRange(request.headers, facts)
    : undefined;
  if (range === "unsatisfiable") return withoutContent(representation, 416);
  if (range !== undefined) return await sendPart(representation, range);
  if (request.method === "HEAD") {
    return new Response(null, { status, headers: whole.headers });
  }
  if (typeof form.content !== "string") return whole.clone();
  const body = await openPart(form.content, { first: 0, last: size - 1 });
  return new Response(body, { status, headers: whole.headers });
}

/** A part is always one of the plain content: that is what has offsets. */
async function chooseForm(request: Request, asset: Asset): Promise<Form> {
  const { content, size } = asset.facts;
  const plain = { content, size };
  if (!asset.compressible || request.headers.has("range")) return plain;
  const encoding = preferredEncoding(request.headers.get("accept-encoding"));
  const bytes = encoding && await asset.encoded(encoding);
  if (encoding === undefined || bytes === undefined) return plain;
  return { encoding, content: bytes, size: bytes.length };
}

function represent(
  asset: Asset,
  form: Form,
  delivery: Delivery,
): Representation {
  const known = representations.get(asset) ?? new Map<string, Representation>();
  representations.set(asset, known);
  const { cacheControl, language, status = 200 } = delivery;
  const key = `${form.encoding} ${language} ${status} ${cacheControl}`;
  let representation = known.get(key);
  if (representation === undefined) {
    const suffix = form.encoding === undefined ? "" : `-${form.encoding}`;
    const etag = `"${asset.facts.tag}${suffix}"`;
    const headers = headersOf(asset, form, delivery);
    headers.set("ETag", etag);
    const body = typeof form.content === "string" ? null : form.content;
    const whole = new Response(body, { status, headers });
    representation = { ...form, etag, whole };
    known.set(key, representation);
  }
  return representation;
}

function headersOf(
  asset: Asset,
  { encoding, size }: Form,
  { cacheControl, language }: Delivery,
): Headers {
  const { type, modifiedMs } = asset.facts;
  const headers = new Headers(SECURITY_HEADERS);
  headers.set("Content-Type", type);
  headers.set("Content-Length", String(size));
  headers.set("Cache-Control", cacheControl);
  headers.set("Last-Modified", new Date(modifiedMs).toUTCString());
  headers.set("Accept-Ranges", "bytes");
  if (encoding !== undefined) headers.set("Content-Encoding", encoding);
  if (asset.compressible) headers.append("Vary", "Accept-Encoding");
  if (language !== undefined) {
    headers.append("Vary", "Accept-Language");
    headers.set("Content-Language", language);
  }
  return headers;
}

function withoutContent(
  { whole, size }: Representation,
  status: 304 | 416,
): Response {
  const headers = new Headers(whole.headers);
  for (const name of ["Type", "Length", "Encoding"]) {
    headers.delete(`Content-${name}`);
  }
  if (status === 416) headers.set("Content-Range", `bytes */${size}`);
  return new Response(null, { status, headers });
}

async function sendPart(
  { whole, content, size }: Representation,
  range: ByteRange,
): Promise<Response> {
  const { first, last } = range;
  const headers = new Headers(whole.headers);
  headers.set("Content-Range", `bytes ${first}-${last}/${size}`);
  headers.set("Content-Length", String(last - first + 1));
  const body = typeof content === "string"
    ? await openPart(content, range)
    : content.subarray(first, last + 1);
  return new Response(body, { status: 206, headers });
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
