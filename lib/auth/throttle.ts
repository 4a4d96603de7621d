/**
 * Slows down whoever guesses passwords. Pure: knows names, addresses and the
 * time, not who has an account. A wait is told as 429 with Retry-After; nobody
 * is kept waiting on an open connection.
 *
 * 1. A *guesser* is a browser that is signed in to the account that it tries, by
 *    its session; anybody else by the network of the address: IPv4 as it is,
 *    IPv6 by its /64, of which one machine has every address.
 * 2. Failures of one guesser for one account slow down that guesser there.
 * 3. Failures from one network over all accounts slow down that network
 *    everywhere, but for accounts that know it.
 * 4. Failures for one account from all networks that it does not know slow down
 *    every stranger there, however many addresses they have.
 * 5. Who is known is judged by rule 2 alone: a session of the account, or an
 *    address that it is or was signed in from. So no stranger locks out a person
 *    who is signed in, in that browser or another at the same address.
 * 6. Some failures are free, for people mistype. Then each one doubles the wait,
 *    from one second to a minute, and all is forgotten after a quarter of an
 *    hour without a failure. Right passwords that come too early are refused as
 *    well, or the refusal would tell which they are.
 * 7. Nothing here grows with the number of guessers: see FailureCounts.
 *
 * Kept in memory: each process slows its own share, and a restart forgives.
 * @module
 */
import type { Clock } from "../clock.ts";
import { FailureCounts } from "./failure_counts.ts";
import { networkOf } from "./network.ts";
import { RecentMap } from "./recent_map.ts";

/** Failures that cost nothing, of a guesser at one account. */
const GUESSER_FREE = 10;
/** The same of a network over all accounts: a class may share an address. */
const NETWORK_FREE = 100;
/** The same at one account, of all strangers together. */
const STRANGERS_FREE = 50;
/** Accounts and networks that went together lately. */
const KNOWN_MAX = 10_000;

/** Who tries what. */
export interface Tried {
  /** The account's key. */
  account: string;
  address: string;
  /** The browser's session, where it is one of that account. */
  session?: string | undefined;
  /** Whether the account is signed in from this network now. */
  known?: boolean | undefined;
}

export class LoginThrottle {
  readonly #guessers: FailureCounts;
  readonly #networks: FailureCounts;
  readonly #strangers: FailureCounts;
  /** What was signed in to, and from where. */
  readonly #known = new RecentMap<true>(KNOWN_MAX);

  constructor(clock: Clock) {
    this.#guessers = new FailureCounts(clock, GUESSER_FREE);
    this.#networks = new FailureCounts(clock, NETWORK_FREE);
    this.#strangers = new FailureCounts(clock, STRANGERS_FREE);
  }

  /** How much is remembered, of everything. */
  get size(): number {
    return this.#guessers.size + this.#networks.size + this.#strangers.size +
      this.#known.size;
  }

  /** How long this attempt has to wait; 0 where it may go on. */
  waitMs(tried: Tried): number {
    const { guesser, network, known } = this.#judge(tried);
    const own = this.#guessers.waitMs(guesser);
    if (known) return own;
    return Math.max(
      own,
      this.#networks.waitMs(network),
      this.#strangers.waitMs(tried.account),
    );
  }

  failed(tried: Tried): void {
    const { guesser, network, known } = this.#judge(tried);
    this.#guessers.add(guesser);
    if (known) return;
    this.#networks.add(network);
    this.#strangers.add(tried.account);
  }

  /** Forgives this guesser, and nobody else: others may still be guessing. */
  succeeded(tried: Tried): void {
    const { guesser, place } = this.#judge(tried);
    this.#guessers.forget(guesser);
    this.#known.set(place, true);
  }

  #judge({ account, address, session, known }: Tried) {
    const network = networkOf(address);
    // A name may hold blanks, a session's id and a network may not.
    const place = `${network} ${account}`;
    const isKnown = session !== undefined || known === true ||
      this.#known.get(place) === true;
    const guesser = session === undefined ? place : `${session} ${account}`;
    return { guesser, network, place, known: isKnown };
  }
}
