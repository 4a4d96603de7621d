/**
 * The devices that are news, one of them in sight: what was compared is worth
 * more than a calm word, and of what is as loud the newest counts. A person's
 * news of one kind are one, for they say the same.
 * @module
 */
import type { Signal } from "@preact/signals";
import type { FoundDevice, ShownDevice } from "./trust.ts";

/** Behind the one in sight; of more, a calm one and the oldest goes first. */
export const WAITING_MAX = 100;

export class FoundDevices {
  readonly #shown: Signal<ShownDevice | undefined>;
  readonly #more: (count: number) => string;
  /** The one in sight first. */
  #found: readonly FoundDevice[] = [];

  /** `more` words how many wait behind the one in sight. */
  constructor(
    shown: Signal<ShownDevice | undefined>,
    more: (count: number) => string,
  ) {
    this.#shown = shown;
    this.#more = more;
  }

  add(found: FoundDevice): void {
    const before = this.#found.find((one) => isOne(one, found));
    const others = this.#found.filter((one) => one !== before);
    const told = before?.loud && !found.loud ? before : found;
    const isLoud = (one: FoundDevice) => one.loud;
    const isCalm = (one: FoundDevice) => !one.loud;
    const all = [told, ...others];
    this.#show([...all.filter(isLoud), ...all.filter(isCalm)]);
  }

  /** Shows the next one; the one that was shown is returned. */
  dismiss(): FoundDevice | undefined {
    const [dismissed, ...left] = this.#found;
    this.#show(left);
    return dismissed;
  }

  #show(found: readonly FoundDevice[]): void {
    this.#found = found.slice(0, 1 + WAITING_MAX);
    const [first, ...waiting] = this.#found;
    this.#shown.value = first && {
      ...first,
      more: waiting.length > 0 ? this.#more(waiting.length) : undefined,
    };
  }
}

function isOne(one: FoundDevice, other: FoundDevice): boolean {
  return one.user === other.user && one.kind === other.kind;
}
