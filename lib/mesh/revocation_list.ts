/**
 * Which certificates the server has revoked, as far as this device was told.
 * Bounded: the one told longest ago is forgotten first. Few servers ever revoke
 * any, so a page loads this only when it is told that there are some.
 * @module
 */
import {
  type Certificate,
  type Revocations,
  REVOCATIONS_MAX,
} from "../wire/identity.ts";
import { askForRevocations } from "./identity_http.ts";
import type { Fetch } from "./tracker_http.ts";

type Account = Pick<Certificate, "user" | "userSince">;

export class RevocationList {
  readonly #fetch: Fetch;
  readonly #before = new Map<string, number>();
  #last = 0;
  #asking: Promise<void> | undefined;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /** The number of the last one that was told; 0 for none. */
  get last(): number {
    return this.#last;
  }

  /** Asks for what is new, the last under `number`; throws IdentityError. */
  update(number: number): Promise<void> {
    this.#asking ??= this.#ask(number)
      .finally(() => this.#asking = undefined);
    return this.#asking;
  }

  has(certificate: Certificate): boolean {
    const before = this.#before.get(nameOf(certificate));
    return before !== undefined && certificate.issuedAt < before;
  }

  async #ask(number: number): Promise<void> {
    // It counts anew: its database was put back, or is another one.
    const isAnew = number < this.#last;
    const after = isAnew ? 0 : this.#last;
    const answer = await askForRevocations(after, this.#fetch);
    if (isAnew) this.#before.clear();
    this.#learn(answer);
  }

  #learn({ revocations, last }: Revocations): void {
    this.#last = last;
    for (const { before, ...account } of revocations) {
      const name = nameOf(account);
      this.#before.delete(name);
      this.#before.set(name, before);
      if (this.#before.size <= REVOCATIONS_MAX) continue;
      const [oldest] = this.#before.keys();
      if (oldest !== undefined) this.#before.delete(oldest);
    }
  }
}

/** An account made anew is another one. */
function nameOf({ user, userSince }: Account): string {
  return `${userSince} ${user}`;
}
