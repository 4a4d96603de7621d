/**
 * How an exchange can fail, by whose fault it is. A client's malformed bytes are
 * an Http1Error of lib/http1.
 * @module
 */

/** The client is gone: nobody is left to answer. */
export class ClientGone extends Error {
  override name = "ClientGone";
}

/** The backend did not do its part. */
export class UpstreamFailure extends Error {
  override name = "UpstreamFailure";
  /** 502 refused, reset or nonsense; 503 nobody to ask; 504 too late. */
  readonly status: 502 | 503 | 504;
  /** How far the request had come, which decides who may be asked next. */
  readonly reached: "nothing" | "sent" | "answering";

  constructor(
    message: string,
    { status = 502, reached, cause }: {
      status?: 502 | 503 | 504;
      reached: "nothing" | "sent" | "answering";
      cause?: unknown;
    },
  ) {
    super(message, { cause });
    this.status = status;
    this.reached = reached;
  }
}

/** The client asks for more than it may; not its bytes are wrong, but their number. */
export class TooMany extends Error {
  override name = "TooMany";

  /** `retryAfterS` is when to try again, in seconds. */
  constructor(readonly retryAfterS: number) {
    super("Too many requests");
  }
}
