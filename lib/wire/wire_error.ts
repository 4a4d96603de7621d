/**
 * What a decoder throws for bytes from outside. The code is what the sender is
 * told; the message quotes the value, shortened.
 * @module
 */

/** Every code that an `error` message or an HTTP error body may carry. */
export const ERROR_CODES = [
  "bad-message",
  "bad-channel-name",
  "bad-nonce",
  "bad-peer-id",
  "bad-proof",
  "bad-signal",
  "bad-username",
  "body-too-large",
  "channel-limit",
  "forbidden-origin",
  "internal",
  "invite-not-open",
  "local-account-only",
  "method-not-allowed",
  "not-found",
  "not-registered",
  "password-common",
  "password-contains-name",
  "password-control-character",
  "password-digits-only",
  "password-repeats",
  "password-same",
  "password-sequence",
  "password-too-long",
  "password-too-short",
  "peer-id-taken",
  "peer-limit",
  "session-expired",
  "too-many-requests",
  "unauthorized",
  "unavailable",
  "unknown-channel",
  "unknown-peer",
  "unsupported-version",
  "username-taken",
  "wrong-credentials",
  "wrong-content-type",
  "wrong-password",
] as const;

/** Of an `error` message; codes of later versions are read as well. */
export const ERROR_CODE_BYTES_MAX = 64;
export const ERROR_MESSAGE_BYTES_MAX = 1024;

export type ErrorCode = typeof ERROR_CODES[number];

/** Bytes from outside that are not what the protocol says. */
export class WireError extends TypeError {
  override name = "WireError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
