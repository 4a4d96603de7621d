/**
 * What the reader is told about who others are: links that were closed because
 * their other end did not show to be the one that it was to be, devices not met
 * before, and the numbers that two people compare. What of it is shown, and the
 * words for it, are decided in a script that is loaded once the chat is drawn.
 * @module
 */
import { type Signal, signal } from "@preact/signals";
import type { Change, Person } from "../mesh/chat.ts";
import type { DeviceNews } from "../mesh/known_devices.ts";
import type { DeviceKey } from "../wire/device_key.ts";
import type { Advice } from "./site_words.ts";

export type RefusedLink = Extract<Change, { type: "link-refused" }>;
export type MetDevice = Extract<Change, { type: "device-met" }>;

/** Devices of one person that are news, and say the same. */
export interface FoundDevice extends Advice, Pick<DeviceNews, "user" | "kind"> {
  /** Somebody else may be behind it. */
  loud: boolean;
}

export interface ShownDevice extends FoundDevice {
  /** How many others wait behind it, in words. */
  more: string | undefined;
}

export interface Comparison {
  user: string;
  device: DeviceKey;
  /** The device of this page. */
  own: DeviceKey;
}

/** What the script that is loaded later has the page show. */
export interface ShownTrust {
  /** The last one that nobody has put away. */
  readonly refused: Signal<RefusedLink | undefined>;
  /** The one that counts most of those that nobody has put away. */
  readonly found: Signal<ShownDevice | undefined>;
  /** The devices whose number was compared. */
  readonly compared: Signal<readonly DeviceKey[]>;
}

/** What the script that is loaded later does. */
export interface TrustBook {
  tell(change: RefusedLink | MetDevice): Promise<void>;
  /** A loud device is found again with each load until then. */
  dismiss(what: "refused" | "found"): Promise<void>;
  /** Shows the number of both devices until it is put away. */
  compare(comparison: Comparison): Promise<void>;
}

export class Trust implements ShownTrust {
  readonly refused = signal<RefusedLink | undefined>(undefined);
  readonly found = signal<ShownDevice | undefined>(undefined);
  readonly compared = signal<readonly DeviceKey[]>([]);
  readonly #openBook: (shown: ShownTrust) => Promise<TrustBook>;
  #book: Promise<TrustBook> | undefined;

  /** A book that is opened shows at once what was found before. */
  constructor(openBook: (shown: ShownTrust) => Promise<TrustBook>) {
    this.#openBook = openBook;
  }

  /** The next one who needs it tries again where the server is away. */
  async open(): Promise<TrustBook | undefined> {
    this.#book ??= this.#openBook(this);
    try {
      return await this.#book;
    } catch {
      this.#book = undefined;
      return undefined;
    }
  }

  async tell(change: RefusedLink | MetDevice): Promise<void> {
    await (await this.open())?.tell(change);
  }

  async dismiss(what: "refused" | "found"): Promise<void> {
    await (await this.open())?.dismiss(what);
  }

  /** Shows the number; false where its script could not be loaded. */
  async compare(
    { user, device }: Person,
    own: DeviceKey | undefined,
  ): Promise<boolean> {
    if (device === undefined || own === undefined) return false;
    const book = await this.open();
    if (book === undefined) return false;
    await book.compare({ user, device, own });
    return true;
  }
}
