/**
 * What the routes of door 1 share: how a request's body is read, and which
 * status and form each answer has.
 * @module
 */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import {
  decodeTrackerBody,
  TRACKER_FRAME_BYTES_MAX,
  type TrackerNews,
} from "../wire/tracker_api.ts";
import { type ErrorCode, WireError } from "../wire/wire_error.ts";
import { isLoopback } from "../request_origin.ts";

/** A session as whoever keeps them vouches for it. */
export interface Session {
  /** Its handle, the same as long as it lasts. */
  id: string;
  user: string;
}

/** What hono carries along with each request. */
export interface Door {
  Bindings: {
    remoteAddr: Deno.Addr | undefined;
    /** Untouched: no copy of a request can become a socket. */
    arrived: Request;
  };
  Variables: { session: Session };
}

export type DoorContext = Context<Door>;

const STATUSES: Record<ErrorCode, ContentfulStatusCode> = {
  "bad-message": 400,
  "bad-channel-name": 400,
  "bad-peer-id": 400,
  "bad-signal": 400,
  "unsupported-version": 400,
  "local-account-only": 401,
  "session-expired": 401,
  "unauthorized": 401,
  "wrong-credentials": 401,
  "bad-nonce": 403,
  "bad-proof": 403,
  "forbidden-origin": 403,
  "wrong-password": 403,
  "invite-not-open": 404,
  "not-found": 404,
  "not-registered": 404,
  "unknown-channel": 404,
  "unknown-peer": 404,
  "method-not-allowed": 405,
  "channel-limit": 409,
  "peer-id-taken": 409,
  "username-taken": 409,
  "body-too-large": 413,
  "wrong-content-type": 415,
  "bad-username": 422,
  "password-common": 422,
  "password-contains-name": 422,
  "password-control-character": 422,
  "password-digits-only": 422,
  "password-repeats": 422,
  "password-same": 422,
  "password-sequence": 422,
  "password-too-long": 422,
  "password-too-short": 422,
  "too-many-requests": 429,
  "internal": 500,
  "peer-limit": 503,
  "unavailable": 503,
};

/** Whether the connection itself comes from this machine. */
export function fromLoopback(c: DoorContext): boolean {
  return isLoopback(c.env.remoteAddr);
}

/** News as the body of an answer, just as a socket would carry it. */
export function newsAnswer(
  c: DoorContext,
  news: TrackerNews | undefined,
  status: ContentfulStatusCode = 200,
): Response {
  c.header("cache-control", "no-store");
  return news === undefined ? c.body(null, 204) : c.json(news, status);
}

/** The same, but an error has its own form and decides its own status. */
export function answer(
  c: DoorContext,
  news: TrackerNews | undefined,
  status: ContentfulStatusCode = 200,
): Response {
  if (news?.type !== "error") return newsAnswer(c, news, status);
  c.header("cache-control", "no-store");
  const { code, message } = news;
  if (code === "too-many-requests") c.header("retry-after", "1");
  return c.json({ error: { code, message } }, STATUSES[code]);
}

/** The fields of a JSON body; WireError for any other. */
export async function bodyOf(c: DoorContext): Promise<Record<string, unknown>> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim();
  // Only a page of our own can send this type without asking first (CORS).
  if (type?.toLowerCase() !== "application/json") {
    throw new WireError("wrong-content-type", "Send application/json");
  }
  return decodeTrackerBody(await readText(c.req.raw));
}

/**
 * The body's text, read no further than its limit. Hono's bodyLimit would wrap
 * the request, which makes Deno watch it for an abort that nobody needs.
 */
async function readText(request: Request): Promise<string> {
  const decoder = new TextDecoder();
  let bytesLeft = TRACKER_FRAME_BYTES_MAX;
  let text = "";
  for await (const chunk of arriving(request)) {
    bytesLeft -= chunk.length;
    if (bytesLeft < 0) {
      throw new WireError(
        "body-too-large",
        `Body is larger than ${TRACKER_FRAME_BYTES_MAX} bytes`,
      );
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The body's pieces. Where they stop short it is the client that has left. */
async function* arriving(
  request: Request,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    yield* request.body ?? [];
  } catch (cause) {
    throw new WireError("bad-message", "The body did not arrive whole", {
      cause,
    });
  }
}
