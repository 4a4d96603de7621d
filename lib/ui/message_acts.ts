/**
 * What a person can do to one message, and which message's actions are shown:
 * that under the mouse, that with the focus, that with a question open. Knows
 * messages by their keys, and no elements.
 * @module
 */
import { batch, signal } from "@preact/signals";
import type { Chat, Message } from "../mesh/chat.ts";
import { keyOf } from "./timeline.ts";

/** What is open at a message: the emoji to choose from, or the question. */
export interface OpenAt {
  key: string;
  what: "emoji" | "remove";
}

export interface ActsParts {
  chat: Pick<Chat, "self" | "remove" | "react">;
  /** A change could not be signed or stored. */
  failed(): void;
}

export class MessageActs {
  readonly pointed = signal<string | undefined>(undefined);
  readonly focused = signal<string | undefined>(undefined);
  readonly opened = signal<OpenAt | undefined>(undefined);
  /** Deleted here, and not signed and stored yet. */
  readonly #removing = signal<ReadonlySet<string>>(new Set());
  readonly #parts: ActsParts;

  constructor(parts: ActsParts) {
    this.#parts = parts;
  }

  /** Read inside an island: it is drawn again when that changes. */
  isShownAt(key: string): boolean {
    return this.pointed.value === key || this.focused.value === key ||
      this.opened.value?.key === key;
  }

  openAt(key: string): OpenAt["what"] | undefined {
    const opened = this.opened.value;
    return opened?.key === key ? opened.what : undefined;
  }

  /** Opens it, or closes it where it is open. */
  toggle(message: Message, what: OpenAt["what"]): void {
    const key = keyOf(message);
    const isOpen = this.openAt(key) === what;
    this.opened.value = isOpen ? undefined : { key, what };
  }

  close(): void {
    this.opened.value = undefined;
  }

  /** No message of the channel is meant any more. */
  leave(): void {
    batch(() => {
      this.pointed.value = undefined;
      this.focused.value = undefined;
      this.opened.value = undefined;
    });
  }

  /** Whether its text is gone from the screen. */
  isGone(message: Message): boolean {
    return message.deleted || this.#removing.value.has(keyOf(message));
  }

  /** Others can be told of a message only once it is signed. */
  canAnswer(message: Message): boolean {
    return message.pending !== true && !this.isGone(message);
  }

  /** A device changes what it wrote itself, and nothing else. */
  canChange(message: Message): boolean {
    return this.canAnswer(message) && message.own &&
      message.ref.author === this.#parts.chat.self.device;
  }

  /** What a file is cannot be written anew. */
  canEdit(message: Message): boolean {
    return this.canChange(message) && message.file === undefined;
  }

  /** Puts an emoji there, or takes one's own off. */
  async react(message: Message, emoji: string): Promise<void> {
    const { channel, ref, reactions } = message;
    const on = !reactions.some((one) => one.emoji === emoji && one.own);
    this.close();
    await this.#try(this.#parts.chat.react(channel, ref, { emoji, on }));
  }

  /** Out of sight at once; back where that fails. */
  async remove(message: Message): Promise<void> {
    const { channel, ref } = message;
    const key = keyOf(message);
    batch(() => {
      this.close();
      this.#removing.value = new Set(this.#removing.peek()).add(key);
    });
    await this.#try(this.#parts.chat.remove(channel, ref));
    const removing = new Set(this.#removing.peek());
    removing.delete(key);
    this.#removing.value = removing;
  }

  /** Whatever the cause, all is as before and can be done again. */
  async #try(change: Promise<void>): Promise<void> {
    try {
      await change;
    } catch {
      this.#parts.failed();
    }
  }
}
