/** How fast bytes came in the last seconds. Pure: the time is given. @module */

/** Over so long, in steps of a SLOTS-th of it. */
export const SPEED_WINDOW_MS = 4_000;
const SLOTS = 8;
const SLOT_MS = SPEED_WINDOW_MS / SLOTS;

export class TransferSpeed {
  readonly #slots: number[] = new Array(SLOTS).fill(0);
  #since: number;
  /** The last slot that was counted in, in slots since 1970. */
  #last: number;

  constructor(now: number) {
    this.#since = now;
    this.#last = Math.floor(now / SLOT_MS);
  }

  add(bytes: number, now: number): void {
    this.#moveTo(now);
    const slot = this.#last % SLOTS;
    this.#slots[slot] = (this.#slots[slot] ?? 0) + bytes;
  }

  bytesPerSecond(now: number): number {
    this.#moveTo(now);
    const sum = this.#slots.reduce((total, bytes) => total + bytes, 0);
    const overMs = Math.min(SPEED_WINDOW_MS, now - this.#since);
    return Math.round(sum * 1_000 / Math.max(SLOT_MS, overMs));
  }

  #moveTo(now: number): void {
    const slot = Math.floor(now / SLOT_MS);
    const passed = Math.min(SLOTS, Math.max(0, slot - this.#last));
    for (let at = 1; at <= passed; at++) {
      this.#slots[(slot - passed + at) % SLOTS] = 0;
    }
    // A clock that was set back starts the window anew.
    if (slot < this.#last) this.#since = now;
    this.#last = slot;
  }
}
