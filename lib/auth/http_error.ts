/**
 * A request that is answered with no: status, code and sentence, and the one
 * place where whatever a handler threw becomes an answer. Nobody outside sees
 * a stack or a database's own words.
 * @module
 */
import type { Context, Handler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ErrorCode } from "../wire/wire_error.ts";
import { isDatabaseFault } from "./database.ts";
import { QueueFullError } from "./work_queue.ts";

/** After this long a person may try again where the server had no room. */
const RETRY_AFTER_SECONDS = 5;

export class HttpError extends Error {
  override name = "HttpError";

  constructor(
    readonly status: ContentfulStatusCode,
    readonly code: ErrorCode,
    message: string,
    options: HttpErrorOptions = {},
  ) {
    super(message, options);
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.reason = options.reason ?? code;
  }

  readonly retryAfterSeconds: number | undefined;
  /** What the audit log has as the reason. */
  readonly reason: string;
}

export interface HttpErrorOptions extends ErrorOptions {
  retryAfterSeconds?: number;
  /** Where whoever asks is told less than the operator. */
  reason?: string;
}

/** No room or no database right now; the same request may work later. */
export function unavailable(message: string, cause: unknown): HttpError {
  return new HttpError(503, "unavailable", message, {
    cause,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

/** What to answer for `error`; undefined where it is a fault of the code. */
export function httpErrorOf(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof QueueFullError) {
    return unavailable("Too many passwords are checked at this moment", error);
  }
  if (!isDatabaseFault(error)) return undefined;
  return unavailable("The accounts can't be reached right now", error);
}

/** The body of every error answer. */
export function errorBody(
  code: ErrorCode,
  message: string,
): { error: { code: ErrorCode; message: string } } {
  return { error: { code, message } };
}

/** The app's onError. `log` gets a line for what is the server's fault. */
export function errorAnswer(
  log: (line: string) => void,
): (error: Error, c: Context) => Response {
  return (error, c) => {
    const known = httpErrorOf(error);
    if (isFault(error)) log(faultLine(error, c));
    if (known === undefined) {
      return c.json(errorBody("internal", "Something went wrong here"), 500);
    }
    if (known.retryAfterSeconds !== undefined) {
      c.header("Retry-After", String(known.retryAfterSeconds));
    }
    c.header("Cache-Control", "no-store");
    return c.json(errorBody(known.code, known.message), known.status);
  };
}

/** Whether the operator should hear of it: a refusal is no fault. */
export function isFault(error: unknown): error is Error {
  if (error instanceof HttpError || error instanceof QueueFullError) {
    return false;
  }
  return error instanceof Error;
}

/** Answers every method that an address does not take. */
export function refuseMethod(allowed: string): Handler {
  return (c) => {
    c.header("Allow", allowed);
    const message = `This address takes ${allowed} only`;
    throw new HttpError(405, "method-not-allowed", message);
  };
}

/** One line whatever the path holds: JSON escapes its line breaks. */
export function faultLine(error: Error, c: Context): string {
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  const path = JSON.stringify(c.req.path.slice(0, 200));
  const reason = `${error.message}${cause}`.replace(/\p{Cc}+/gu, " ");
  return `backend: ${c.req.method} ${path} failed: ${reason}`;
}
