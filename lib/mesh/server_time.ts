/**
 * What time it is at the server, for a device whose own clock may be months
 * off: what the server said, and how long ago. Pure: the own time is given.
 * @module
 */
export class ServerTime {
  #said: { server: number; own: number } | undefined;

  /** The server said `server` when the own clock showed `own`. */
  set(server: number, own: number): void {
    this.#said = { server, own };
  }

  /** The server's time now; the own one where the server was never heard. */
  at(own: number): number {
    if (this.#said === undefined) return own;
    // A clock that was set back must not take the server's time back with it.
    return this.#said.server + Math.max(0, own - this.#said.own);
  }
}
