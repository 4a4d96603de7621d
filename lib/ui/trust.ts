/**
 * What the reader is told about who others are: links that were closed because
 * their other end did not show to be the one that it was to be, devices not met
 * before, and the numbers that two people compare. Which devices are known, and
 * the words for all that, are in a script that is loaded once the chat is drawn.
 * @module
 */
import { signal } from "@preact/signals";
import type { Change, Person } from "../mesh/chat.ts";
import type { DeviceKey } from "../wire/device_key.ts";
import type { Advice } from "./site_words.ts";

/** Notices that were put away, remembered for as long as the page is open. */
const DISMISSED_MAX = 500;
/** Loud news that wait until the one that is shown is put away. */
const WAITING_MAX = 100;

export type RefusedLink = Extract<Change, { type: "link-refused" }>;
export type MetDevice = Extract<Change, { type: "device-met" }>;

/** A device that is news; `loud` where another one of theirs was compared. */
export interface FoundDevice extends Advice {
  user: string;
  device: DeviceKey;
  loud: boolean;
}

export interface Comparison {
  user: string;
  device: DeviceKey;
  /** The number of both devices, in groups. */
  digits: string[];
}

/** What the script that is loaded later does. */
export interface TrustBook {
  compared(): Promise<DeviceKey[]>;
  /** The loud ones that nobody had put away when the page was left. */
  left(): Promise<FoundDevice[]>;
  /** A loud one is found again with each load until it is put away. */
  meet(met: MetDevice): Promise<FoundDevice | undefined>;
  putAway(found: FoundDevice): Promise<void>;
  /** Shows the number until it is put away; the keys compared by then. */
  compare(comparison: Comparison): Promise<DeviceKey[]>;
}

export class Trust {
  /** The last one that nobody has put away. */
  readonly refused = signal<RefusedLink | undefined>(undefined);
  readonly found = signal<FoundDevice | undefined>(undefined);
  /** The devices whose number was compared. */
  readonly compared = signal<readonly DeviceKey[]>([]);
  readonly #openBook: () => Promise<TrustBook>;
  #book: Promise<TrustBook> | undefined;
  #dismissed: string[] = [];
  readonly #waiting: FoundDevice[] = [];

  constructor(openBook: () => Promise<TrustBook>) {
    this.#openBook = openBook;
  }

  linkRefused(change: RefusedLink): void {
    const { refusal } = change;
    // Another version of this page is named in the list of people.
    if (refusal === "no-hello") return;
    if (!this.#dismissed.includes(nameOf(change))) this.refused.value = change;
  }

  dismissRefusal(): void {
    const { value } = this.refused;
    if (value === undefined) return;
    this.#dismissed = [nameOf(value), ...this.#dismissed]
      .slice(0, DISMISSED_MAX);
    this.refused.value = undefined;
  }

  /** Shows what was left when the page was loaded the last time. */
  async open(): Promise<void> {
    await this.#opened();
  }

  async deviceMet(met: MetDevice): Promise<void> {
    const book = await this.#opened();
    const found = await book?.meet(met);
    if (found !== undefined) this.#show(found);
  }

  dismissFound(): void {
    const { value } = this.found;
    this.found.value = this.#waiting.shift();
    if (value?.loud) void this.#book?.then((book) => book.putAway(value));
  }

  /** What was compared is worth more than another calm word, and is said once. */
  #show(found: FoundDevice): void {
    if (!this.found.value?.loud) this.found.value = found;
    else if (found.loud && this.#waiting.length < WAITING_MAX) {
      this.#waiting.push(found);
    }
  }

  /** Shows the number; false where its script could not be loaded. */
  async compare(
    { user, device }: Person,
    safetyNumber: (device: DeviceKey) => Promise<string[]>,
  ): Promise<boolean> {
    const book = await this.#opened();
    if (book === undefined || device === undefined) return false;
    const digits = await safetyNumber(device);
    this.compared.value = await book.compare({ user, device, digits });
    return true;
  }

  /** The next one who needs it tries again where the server is away. */
  async #opened(): Promise<TrustBook | undefined> {
    this.#book ??= this.#read();
    try {
      return await this.#book;
    } catch {
      this.#book = undefined;
      return undefined;
    }
  }

  async #read(): Promise<TrustBook> {
    const book = await this.#openBook();
    const [compared, left] = await Promise.all([book.compared(), book.left()]);
    this.compared.value = compared;
    for (const found of left) this.#show(found);
    return book;
  }
}

function nameOf({ user, refusal }: RefusedLink): string {
  return refusal + user;
}
