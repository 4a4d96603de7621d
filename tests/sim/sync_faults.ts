/**
 * What must hold of a run of the sync simulator, and whoever sees to it:
 *
 * 1. At quiet, every member holds the same set of each honest log, shows the
 *    same, and knows the same forks.
 * 2. What was shown to its author as sent is in it, as long as its device is
 *    there. What a relaxed disk had not written down when the power went is,
 *    where anybody else had it.
 * 3. Nothing is shown that its author did not sign, nor under another name, in
 *    another channel, with other words, or twice.
 * 4. No honest log forks. One whose relaxed disk lost its end may, as
 *    lib/mesh/catching_up.ts says: where neither the first that it met nor
 *    anybody linked to it for a while had that end, and it had met somebody,
 *    been alone, or waited for CATCH_UP_MS.
 * 5. No honest peer is struck, no write refused, no disk taken for broken.
 * 6. Nobody holds more of a channel than its limit, in memory or on the disk.
 * @module
 */
import { CATCH_UP_MS } from "../../lib/mesh/catching_up.ts";
import type { KeptEntry } from "../../lib/mesh/verified_entry.ts";
import type { DeviceKey } from "../../lib/wire/device_key.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import type { Happenings } from "./happenings.ts";
import {
  CHANNEL,
  type Device,
  SILENT_CHANNEL,
  type SyncMember,
} from "./sync_member.ts";

/** What it takes a link to give back what was lost, three times over. */
const TELLING_MS = 2_400;
const MALLORY = deviceKey("mallory");

export interface MemberView {
  user: string;
  key: DeviceKey;
  /** As shown, `user:key:seq` of each; of logs without a fork. */
  honest: string[];
  /** The same of the others, until they are seen to have forked. */
  hostile: string[];
  forks: DeviceKey[];
  /** Shown, and never said so. */
  forged: string[];
  /** Entries on its disk. */
  stored: number;
}

export interface SyncResult {
  views: MemberView[];
  /** All must have it. */
  required: string[];
  /** What went wrong on the way. */
  wrong: string[];
  banned: number;
  deliveries: number;
  happenings: Happenings;
  /** Entries that one member held at once, at the most. */
  largest: number;
  entriesMax: number;
  /** Logs that may have forked by rule 4. */
  excused: number;
}

interface Sent {
  name: string;
  author: DeviceKey;
  seq: number;
  signature: string;
  /** A relaxed disk had not written it down. */
  isLost: boolean;
}

/** How it stood with a member as it wrote something. */
interface Moment {
  now: number;
  linked: { member: SyncMember; since: number }[];
}

export class SyncWitness {
  readonly #signed = new Set<string>();
  readonly #words = new Map<DeviceKey, Set<string>>();
  readonly #sent = new Map<string, Sent>();
  /** When each page came to hold each entry. */
  readonly #heldAt = new Map<string, number>();
  readonly #excused = new Set<DeviceKey>();
  readonly #wrong: string[] = [];
  readonly #entriesMax: number;
  #largest = 0;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  signed(signature: string): void {
    this.#signed.add(signature);
  }

  struck(user: string, reason: string): void {
    this.#wrong.push(`${user} is struck for nothing: ${reason}`);
  }

  wrong(member: SyncMember, what: string): void {
    if (this.#excused.has(member.key)) return;
    this.#wrong.push(`${member.user}: ${what}`);
  }

  /** `member` shows these from now on. */
  kept(member: SyncMember, entries: KeptEntry[], moment: Moment): void {
    const held = member.history.entries(CHANNEL).length;
    this.#largest = Math.max(this.#largest, held);
    for (const kept of entries) {
      const held = `${member.peer} ${kept.signature}`;
      if (!this.#heldAt.has(held)) this.#heldAt.set(held, moment.now);
      if (kept.entry.author === member.key) this.#own(member, kept, moment);
    }
  }

  /** What its disk does not have any more may be gone. */
  async lostPower({ disk, signer: { key } }: Device): Promise<void> {
    if (disk.kind === "prompt") return;
    const { heads } = await disk.inspect(CHANNEL);
    const last = heads.get(key)?.seq ?? 0;
    for (const sent of this.#sent.values()) {
      if (sent.author === key && sent.seq > last) sent.isLost = true;
    }
  }

  async result(
    members: SyncMember[],
    rest: Pick<SyncResult, "banned" | "deliveries" | "happenings">,
  ): Promise<SyncResult> {
    const devices = new Set(members.map(({ key }) => key));
    const required = [...this.#sent.values()].filter(({ author, isLost }) =>
      devices.has(author) && !isLost && !this.#excused.has(author)
    ).map(({ name }) => name);
    const views = await Promise.all(members.map((one) => this.#viewOf(one)));
    return {
      ...rest,
      views,
      required,
      wrong: this.#wrong,
      largest: this.#largest,
      entriesMax: this.#entriesMax,
      excused: this.#excused.size,
    };
  }

  #own(member: SyncMember, kept: KeptEntry, moment: Moment): void {
    const { entry: { author, seq }, signature, user } = kept;
    const place = `${author} ${seq}`;
    const before = this.#sent.get(place);
    if (before !== undefined && before.signature !== signature) {
      this.#wroteAnew(member, before, moment);
    }
    const name = `${user}:${author}:${seq}`;
    this.#sent.set(place, { name, author, seq, signature, isLost: false });
    const { entry } = kept;
    if (entry.kind === "text" || entry.kind === "edit") {
      const words = this.#words.get(author) ?? new Set();
      this.#words.set(author, words.add(entry.text));
    }
  }

  /** Rule 4. */
  #wroteAnew(member: SyncMember, before: Sent, moment: Moment): void {
    const { linked, now } = moment;
    const { wasAlone, firstMet, readyAt } = member;
    const hasWaited = wasAlone || now - readyAt >= CATCH_UP_MS;
    const holder = linked.find(({ member: other, since }) => {
      const heldAt = this.#heldAt.get(`${other.peer} ${before.signature}`);
      // The first one was waited for; to others there was time to tell of it.
      const isHeard = !hasWaited && other.peer === firstMet;
      const toldAt = isHeard ? since : now - TELLING_MS;
      return heldAt !== undefined && heldAt <= toldAt && since <= toldAt;
    });
    const what = `writes ${before.name} anew`;
    if (member.device.disk.kind === "prompt") this.wrong(member, what);
    // The page that wrote it was gone before it could show it.
    else if (!member.isReady) this.#excused.add(member.key);
    else if (holder !== undefined) {
      this.wrong(member, `${what}, and ${holder.member.user} has it`);
    } else if (!hasWaited && firstMet === undefined) {
      this.wrong(member, `${what}, and waited for nobody`);
    } else this.#excused.add(member.key);
  }

  async #viewOf(member: SyncMember): Promise<MemberView> {
    const { user, key, history, device } = member;
    const { entries, forks } = await device.disk.inspect(CHANNEL);
    const forked = new Set(forks.map(({ author }) => author));
    const view: MemberView = {
      user,
      key,
      honest: [],
      hostile: [],
      forks: [...forked].sort(),
      forged: [],
      stored: entries.length,
    };
    for (const kept of history.entries(CHANNEL)) {
      const { author, seq } = kept.entry;
      const name = `${kept.user}:${author}:${seq}`;
      const isHonest = author !== MALLORY && !this.#excused.has(author);
      if (!this.#signed.has(kept.signature)) view.forged.push(name);
      if (isHonest) view.honest.push(name);
      else if (!forked.has(author)) view.hostile.push(name);
    }
    for (const kept of history.entries(SILENT_CHANNEL)) {
      view.forged.push(`${kept.user}:${kept.entry.seq} out of its channel`);
    }
    for (
      const { text, user, ref: { author }, deleted } of history.messages(
        CHANNEL,
      )
    ) {
      const isSaid = author === MALLORY
        ? user === "mallory"
        : deleted || this.#words.get(author)?.has(text);
      if (!isSaid) view.forged.push(`${user} says "${text}"`);
    }
    // It dates its entries as it likes: they are shown when they came.
    view.hostile.sort();
    return view;
  }
}

/** What is wrong at the end of a run; empty where all is well. */
export function faultsOf(result: SyncResult): string[] {
  const { views, required, wrong, largest, entriesMax } = result;
  const faults = [...wrong];
  const [first] = views;
  for (const view of views) {
    const { user, forged, honest, stored } = view;
    const shown = new Set(honest);
    const lacks = required.filter((name) => !shown.has(name));
    if (lacks.length > 0) faults.push(`${user} lacks ${lacks}`);
    if (forged.length > 0) faults.push(`${user} shows ${forged}`);
    if (shown.size !== honest.length) faults.push(`${user} twice`);
    if (stored > entriesMax) faults.push(`${user} stores ${stored}`);
    for (const part of ["honest", "hostile", "forks"] as const) {
      const theirs = first?.[part] ?? [];
      if (`${view[part]}` === `${theirs}`) continue;
      const apart = [
        ...new Set(theirs).symmetricDifference(new Set(view[part])),
      ];
      const what = apart.length > 0 ? `${apart}` : "their order";
      faults.push(`${user} and ${first?.user} differ in ${part}: ${what}`);
    }
  }
  if (largest > entriesMax) faults.push(`${largest} entries held at once`);
  return faults;
}
