/**
 * Why a peer in a terminal gives up: a sentence, and the exit code by which a
 * script tells one reason from another.
 * @module
 */

export const EXIT = {
  done: 0,
  /** Something broke that has no code of its own. */
  failed: 1,
  usage: 2,
  login: 3,
  /** Nobody, or not enough of the others, got the message in time. */
  undelivered: 4,
} as const;

export class PeerFailure extends Error {
  override name = "PeerFailure";
  /** Another one may be right. */
  readonly isWrongPassword: boolean;
  /** The server works and lets nobody in with this name and password. */
  readonly isRefusal: boolean;

  constructor(
    message: string,
    readonly exitCode: number = EXIT.failed,
    options?: ErrorOptions & { isWrongPassword?: boolean; isRefusal?: boolean },
  ) {
    super(message, options);
    this.isWrongPassword = options?.isWrongPassword ?? false;
    this.isRefusal = options?.isRefusal ?? false;
  }
}

/** Of those that go on by themselves: nobody is there to log in again. */
export function sessionEnded(): PeerFailure {
  return new PeerFailure("The session has ended: start again", EXIT.login);
}
