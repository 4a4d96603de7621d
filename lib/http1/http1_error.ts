/**
 * A message that breaks HTTP/1.1: whose fault it is depends on who sent it, so
 * the error carries the status that a client's fault deserves; for an
 * upstream's, the proxy answers 502 whatever stands here.
 * @module
 */

/** Bytes that are no HTTP/1.1 message, or one beyond our limits. */
export class Http1Error extends SyntaxError {
  override name = "Http1Error";

  constructor(readonly status: number, message: string) {
    super(message);
  }
}
