/**
 * Alice's sync core, linked to Bob and Carol, and what they say to it.
 * @module
 */
import { DEFAULT_RETENTION } from "../../lib/mesh/channel_log.ts";
import { Sync } from "../../lib/mesh/sync.ts";
import type { SyncAction, VerifiedMessage } from "../../lib/mesh/sync_state.ts";
import type { VerifiedEntry } from "../../lib/mesh/verified_entry.ts";
import type { DeviceKey } from "../../lib/wire/device_key.ts";
import {
  type Have,
  HEAD_CHARS,
  type LinkMessage,
  type Want,
} from "../../lib/wire/link.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import { certificateOf, deviceKey } from "./cheap_keys.ts";
import { type EntryFields, signedBy } from "./entries.ts";
import { peerId } from "./ids.ts";

export const alice = deviceKey("alice");
export const old = deviceKey("old");
export const bob = peerId("bob");
export const carol = peerId("carol");
export const NOW = 1_800_000_000_000;

export function newSync(retention = DEFAULT_RETENTION): Sync {
  const sync = new Sync({
    certificateOf: (key) => certificateOf(key.replace(/_+A$/, ""), key),
    retentionOf: () => retention,
  });
  sync.setKey(alice);
  return sync;
}

/** Alice in #general, linked to bob and carol, who are there too. */
export function aliceWithTwo(retention = DEFAULT_RETENTION): Sync {
  const sync = newSync(retention);
  sync.join("general", NOW);
  sync.linkUp({ peer: bob, user: "bob" }, ["general"], NOW);
  sync.linkUp({ peer: carol, user: "carol" }, ["general"], NOW);
  return sync;
}

/** Writes as the author's shell does. */
export function write(
  sync: Sync,
  fields: Partial<EntryFields> & { now?: number } = {},
): { own: VerifiedEntry; actions: SyncAction[] } {
  const { now = NOW, channel = "general" } = fields;
  const { seq, prev, time } = sync.nextHead(channel, now);
  const own = signedBy(alice, { channel, prev, time, ...fields, seq });
  return { own, actions: sync.commit(own, now) };
}

export function sent<T extends LinkMessage["type"]>(
  actions: SyncAction[],
  type: T,
): { to: PeerId; message: Extract<LinkMessage, { type: T }> }[] {
  return actions.flatMap((action) =>
    action.type === "send" && action.message.type === type
      ? [{
        to: action.to,
        message: action.message as Extract<LinkMessage, { type: T }>,
      }]
      : []
  );
}

export function kept(actions: SyncAction[]): string[] {
  return actions.flatMap((action) =>
    action.type === "keep"
      ? action.kept.map(({ user, entry }) => `${user} ${entry.seq}`)
      : []
  );
}

export function entries(...list: VerifiedEntry[]): VerifiedMessage {
  return {
    type: "entries",
    channel: "general",
    entries: list,
    certificates: [],
  };
}

export function pushed(entry: VerifiedEntry): VerifiedMessage {
  return { type: "entry-written", channel: "general", entry, certificates: [] };
}

/** What somebody says who holds all of these. */
export function have(...logs: VerifiedEntry[][]): Have {
  const vector = new Map(logs.map((log) => {
    const [first, last] = [log[0], log.at(-1)] as [
      VerifiedEntry,
      VerifiedEntry,
    ];
    const held = [first.entry.seq - 1, last.entry.seq] as const;
    const head = last.hash.slice(0, HEAD_CHARS);
    return [first.entry.author, [{ held, head }]] as const;
  }));
  return { type: "have", channel: "general", vector };
}

export function want(author: DeviceKey, after: number, upTo: number): Want {
  const ranges = [{ author, after, upTo }];
  return { type: "want", channel: "general", ranges };
}

export function nth(log: VerifiedEntry[], seq: number): VerifiedEntry {
  return log[seq - 1] as VerifiedEntry;
}
