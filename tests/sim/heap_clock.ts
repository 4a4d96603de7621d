/**
 * Virtual time for thousands of peers, in whole milliseconds: timers in a binary
 * heap, those of one moment in the order in which they were set.
 * @module
 */
import type { Clock } from "../../lib/clock.ts";

interface Timer {
  at: number;
  order: number;
  /** Undefined once it is cancelled. */
  run: (() => void) | undefined;
}

export class HeapClock implements Clock {
  readonly #heap: Timer[] = [];
  #now: number;
  #order = 0;
  #cancelled = 0;
  /** Timers that have gone off. */
  events = 0;

  constructor(startMs = 1_000_000_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const at = this.#now + Math.ceil(Math.max(0, delayMs));
    const timer: Timer = { at, order: this.#order++, run };
    this.#push(timer);
    return () => {
      if (timer.run === undefined) return;
      timer.run = undefined;
      this.#cancelled++;
      if (this.#cancelled > this.#heap.length / 2) this.#compact();
    };
  }

  /** Runs everything that falls due in the next `ms`. */
  advance(ms: number): void {
    const end = this.#now + Math.ceil(ms);
    while (this.step(end));
    this.#now = end;
  }

  /** Runs the next timer, where it falls due by `end`; false where none does. */
  step(end: number): boolean {
    for (let next = this.#heap[0]; next !== undefined; next = this.#heap[0]) {
      if (next.at > end) return false;
      this.#pop();
      if (next.run === undefined) {
        this.#cancelled--;
        continue;
      }
      this.#now = next.at;
      const { run } = next;
      next.run = undefined;
      this.events++;
      run();
      return true;
    }
    return false;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Timer;
      if (!isBefore(timer, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const last = this.#heap.pop() as Timer;
    if (this.#heap.length > 0) this.#sink(0, last);
  }

  #sink(start: number, timer: Timer): void {
    const heap = this.#heap;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Timer)) child++;
      const below = heap[child] as Timer;
      if (!isBefore(below, timer)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = timer;
  }

  #compact(): void {
    const live = this.#heap.filter(({ run }) => run !== undefined);
    this.#cancelled = 0;
    this.#heap.length = 0;
    for (const timer of live) this.#push(timer);
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}
