/**
 * What is being written in each channel: a text, what it answers, or the
 * message that it is to replace. Nothing typed is lost: an edit lies on top of
 * what was there before it, and what could not be sent comes back.
 * @module
 */
import { batch, computed, signal } from "@preact/signals";
import type { EntryRef, Message } from "../mesh/chat.ts";
import { TEXT_BYTES_MAX } from "../wire/entry.ts";
import type { ChannelName } from "../wire/names.ts";
import type { Written } from "./outbox.ts";

interface Composition {
  text: string;
  replyTo?: EntryRef;
  editing?: EntryRef;
  /** What an edit lies on. */
  before?: Composition;
}

const EMPTY: Composition = { text: "" };
const encoder = new TextEncoder();

/** Bounded by the channels that a page can join. */
export class Draft {
  readonly #now = signal<Composition>(EMPTY);
  readonly text = computed(() => this.#now.value.text);
  readonly replyTo = computed(() => this.#now.value.replyTo);
  readonly editing = computed(() => this.#now.value.editing);
  readonly bytes = computed(() => encoder.encode(this.text.value).length);
  readonly sendable = computed(() =>
    this.text.value.trim() !== "" && this.bytes.value <= TEXT_BYTES_MAX
  );
  readonly failed = signal(false);
  /** Counts how often the field was asked to take the focus. */
  readonly focusAsked = signal(0);
  readonly #elsewhere = new Map<ChannelName, Composition>();
  #channel: ChannelName;

  constructor(channel: ChannelName) {
    this.#channel = channel;
  }

  /** Goes on with what was written in `channel`. */
  open(channel: ChannelName): void {
    this.#elsewhere.set(this.#channel, this.#now.peek());
    this.#channel = channel;
    this.#set(this.#elsewhere.get(channel) ?? EMPTY);
  }

  forget(channel: ChannelName): void {
    this.#elsewhere.delete(channel);
  }

  write(text: string): void {
    this.#set({ ...this.#now.peek(), text });
  }

  reply({ ref }: Message): void {
    const { text } = bottomOf(this.#now.peek());
    this.#set({ text, replyTo: ref });
    this.askFocus();
  }

  edit({ ref, text }: Message): void {
    const before = bottomOf(this.#now.peek());
    this.#set({ text, editing: ref, before });
    this.askFocus();
  }

  /** Gives up the edit, or else the answer; the text stays. */
  cancel(): void {
    const { text, before } = this.#now.peek();
    this.#set(before ?? { text });
    this.askFocus();
  }

  askFocus(): void {
    this.focusAsked.value++;
  }

  /** Hands out what is written, and goes on without it. */
  take(): Written {
    const { text, replyTo, editing, before } = this.#now.peek();
    this.#set(before ?? EMPTY);
    return {
      ...{ channel: this.#channel, text: text.trim() },
      ...replyTo && { replyTo },
      ...editing && { editing },
    };
  }

  /** It could not be sent; what was written meanwhile goes below. */
  takeBack({ channel, ...written }: Written): void {
    const here = channel === this.#channel;
    const now = here ? this.#now.peek() : this.#elsewhere.get(channel) ?? EMPTY;
    const both = written.editing === undefined
      ? joined(written, now)
      : { ...written, before: now };
    if (!here) return void this.#elsewhere.set(channel, both);
    batch(() => {
      this.#set(both);
      this.failed.value = true;
    });
  }

  #set(composition: Composition): void {
    batch(() => {
      this.#now.value = composition;
      this.failed.value = false;
    });
  }
}

function bottomOf(composition: Composition): Composition {
  const { before } = composition;
  return before === undefined ? composition : bottomOf(before);
}

function joined(
  above: Omit<Written, "channel">,
  now: Composition,
): Composition {
  if (now.before) return { ...now, before: joined(above, now.before) };
  const text = now.text === "" ? above.text : `${above.text}\n${now.text}`;
  return { ...now, ...above, text };
}
