/**
 * A map that forgets what was not set for long, in two generations: when the
 * newer one is full, the older one goes as a whole. Never more than `entriesMax`
 * entries, and never less than half of that many of the latest.
 * @module
 */

export class RecentMap<Value> {
  readonly #generationMax: number;
  #newer = new Map<string, Value>();
  #older = new Map<string, Value>();

  constructor(entriesMax: number) {
    this.#generationMax = entriesMax / 2;
  }

  get size(): number {
    return this.#newer.size + this.#older.size;
  }

  get(key: string): Value | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  set(key: string, value: Value): void {
    this.delete(key);
    if (this.#newer.size >= this.#generationMax) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key, value);
  }

  delete(key: string): void {
    this.#newer.delete(key);
    this.#older.delete(key);
  }
}
