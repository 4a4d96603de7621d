/**
 * What is being written, kept in the tab, so that it outlives a page that is
 * left: a reload, or a login where the session has ended. An edit and what it
 * lies on are two texts of one channel. Loaded later: a page that is left before
 * that has had no time for a text.
 * @module
 */
import { effect } from "@preact/signals";
import { CHANNELS_PER_PEER_MAX } from "../wire/tracker_api.ts";
import { isWritten, type TabStorage, type Written } from "./outbox.ts";
import type { ChatState } from "./state.ts";

/** Of each channel a text, and an edit above it. */
const DRAFTS_MAX = 2 * CHANNELS_PER_PEER_MAX;

/** Brings back what the tab's last page has left, and keeps what is written. */
export function keepDrafts(
  { draft, channel, self }: Pick<ChatState, "draft" | "channel" | "self">,
  // Where the browser blocks it, to ask for it throws.
  storage: () => TabStorage = () => sessionStorage,
): () => void {
  const key = `drafts:${self.peek().user}`;
  const kept = new Map<string, Written>();
  for (const written of readLeft(storage, key)) {
    kept.set(slotOf(written), written);
    draft.takeBack(written);
  }
  // It was not sent and did not fail.
  draft.failed.value = false;
  return effect(() => {
    const { text, replyTo, editing } = draft;
    const written = {
      ...{ channel: channel.value, text: text.value },
      ...replyTo.value && { replyTo: replyTo.value },
      ...editing.value && { editing: editing.value },
    };
    if (editing.value === undefined) {
      kept.delete(slotOf({ ...written, editing: true }));
    }
    if (written.text === "") kept.delete(slotOf(written));
    else kept.set(slotOf(written), written);
    save(storage, key, [...kept.values()]);
  });
}

/** A channel's name has no blank. */
function slotOf(
  { channel, editing }: { channel: string; editing?: unknown },
): string {
  return editing === undefined ? channel : `${channel} edit`;
}

function readLeft(storage: () => TabStorage, key: string): Written[] {
  try {
    const list: unknown = JSON.parse(storage().getItem(key) ?? "[]");
    if (!Array.isArray(list)) return [];
    // An edit goes on top of what was there.
    return list.slice(0, DRAFTS_MAX).filter(isWritten)
      .sort((a, b) => Number(!!a.editing) - Number(!!b.editing));
  } catch {
    return [];
  }
}

function save(storage: () => TabStorage, key: string, all: Written[]): void {
  try {
    if (all.length === 0) storage().removeItem(key);
    else storage().setItem(key, JSON.stringify(all.slice(-DRAFTS_MAX)));
  } catch {
    // Blocked or full: what is being written has only this page, as before.
  }
}
