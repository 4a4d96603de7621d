/**
 * What was sent and is not signed and stored yet. A page that is left at that
 * moment, or before its device has a certificate, would lose it: so it is noted
 * in the tab, at once, and the tab's next page sends it. Knows no chat.
 * @module
 */
import type { EntryRef } from "../mesh/chat.ts";
import { TEXT_BYTES_MAX } from "../wire/entry.ts";
import type { ChannelName } from "../wire/names.ts";

/** A text on its way out. */
export interface Written {
  channel: ChannelName;
  text: string;
  replyTo?: EntryRef;
  editing?: EntryRef;
}

export interface Noted extends Written {
  /** The number of our last message that was there before it; 0 for none. */
  after: number;
}

/** The part of the browser's Storage that is needed. */
export type TabStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** More than a person writes while a device waits for its certificate. */
export const OUTBOX_MAX = 100;

export class Outbox {
  readonly #storage: TabStorage | undefined;
  readonly #key: string;
  readonly #noted = new Set<Noted>();

  /** Without a storage, or where it is blocked, nothing outlives the page. */
  constructor(user: string, storage?: TabStorage) {
    this.#key = `outbox:${user}`;
    this.#storage = storage;
  }

  /** Notes `written`; call what it returns once it is stored, or given back. */
  note(written: Noted): () => void {
    if (this.#noted.size < OUTBOX_MAX) this.#noted.add(written);
    this.#save();
    return () => {
      if (this.#noted.delete(written)) this.#save();
    };
  }

  /** What the tab's last page has left, oldest first; it is forgotten here. */
  takeLeft(): Noted[] {
    try {
      const left = this.#storage?.getItem(this.#key) ?? null;
      this.#save();
      return left === null ? [] : decodeNoted(left);
    } catch {
      return [];
    }
  }

  #save(): void {
    try {
      if (this.#noted.size === 0) this.#storage?.removeItem(this.#key);
      else {
        this.#storage?.setItem(this.#key, JSON.stringify([...this.#noted]));
      }
    } catch {
      // Blocked or full: what is on its way has only this page, as before.
    }
  }
}

/** Of a list that this page wrote; whatever else stands there is left out. */
function decodeNoted(text: string): Noted[] {
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) ? list.slice(0, OUTBOX_MAX).filter(isNoted) : [];
}

function isNoted(value: unknown): value is Noted {
  return isWritten(value) && Number.isSafeInteger((value as Noted).after);
}

/** Of whatever a tab's storage has. */
export function isWritten(value: unknown): value is Written {
  if (typeof value !== "object" || value === null) return false;
  const { channel, text, replyTo, editing } = value as Partial<Written>;
  return typeof channel === "string" &&
    typeof text === "string" && text.length <= TEXT_BYTES_MAX &&
    [replyTo, editing].every((ref) => ref === undefined || isRef(ref));
}

function isRef(value: unknown): value is EntryRef {
  if (typeof value !== "object" || value === null) return false;
  const { author, seq } = value as Partial<EntryRef>;
  return typeof author === "string" && Number.isSafeInteger(seq);
}
