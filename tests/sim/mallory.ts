/**
 * The hostile peer of the simulator: certified as anybody, linked as anybody,
 * and then everything that no honest peer does.
 * @module
 */
import type { Random } from "../../lib/random.ts";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import type { DeviceKey } from "../../lib/wire/device_key.ts";
import {
  encodeEntry,
  type EntryHash,
  type SignedEntry,
  signingBytes,
} from "../../lib/wire/entry.ts";
import type { Certificate } from "../../lib/wire/identity.ts";
import { encodeLinkMessage, type LinkMessage } from "../../lib/wire/link.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import { certificateOf, cheapKeys, deviceKey } from "../tools/cheap_keys.ts";

const CHANNEL = "general";

interface Target {
  peer: PeerId;
  key: DeviceKey;
}

interface Attack {
  to: PeerId;
  text: string;
}

export class Mallory {
  /** What it has signed as itself: it may be shown, under its own name. */
  readonly signed: SignedEntry[] = [];
  readonly #key: DeviceKey;
  readonly #certificate: Certificate;
  readonly #random: Random;
  readonly #overheard: SignedEntry[] = [];
  #seq = 0;
  #prev: EntryHash | null = null;

  constructor(random: Random) {
    this.#key = deviceKey("mallory");
    this.#certificate = certificateOf("mallory", this.#key);
    this.#random = random;
  }

  get key(): DeviceKey {
    return this.#key;
  }

  /** Keeps what it hears, to say it again where it does not belong. */
  hear(text: string): void {
    const message = JSON.parse(text);
    if (message.type !== "entry-written" || this.#overheard.length > 50) return;
    this.#overheard.push(message.entry);
  }

  attack(targets: Target[], now: number): Attack[] {
    const [victim] = targets;
    if (victim === undefined) return [];
    const kinds = [
      ...[() => this.#honest(targets, now), () => this.#honest(targets, now)],
      () => this.#fork(targets, now),
      () => this.#forged(targets, victim, now),
      () => this.#replayed(targets),
      () => this.#changed(targets),
      () => this.#uncertified(targets, now),
      () => this.#fakeAuthors(targets),
      () => this.#farAhead(targets, now),
      () => this.#nonsense(targets),
      () => this.#falseProof(targets),
      () => this.#falseClaim(targets, victim),
    ];
    const kind = kinds[Math.floor(this.#random() * kinds.length)];
    return kind?.() ?? [];
  }

  /** Its own log, as it should be. */
  #honest(targets: Target[], now: number): Attack[] {
    const { entry, hash } = this.#own(now, "as it should be");
    this.#seq++;
    this.#prev = hash;
    return toAll(targets, this.#written(entry));
  }

  /** One place in its log, two entries, to two sides. */
  #fork(targets: Target[], now: number): Attack[] {
    const one = this.#own(now, "to you");
    const other = this.#own(now, "to the others");
    this.#seq++;
    this.#prev = one.hash;
    return targets.flatMap((target, index) =>
      toAll([target], this.#written(index % 2 === 0 ? one.entry : other.entry))
    );
  }

  /** Somebody else's name, its own signature. */
  #forged(targets: Target[], victim: Target, now: number): Attack[] {
    const author = victim.key;
    const signed = encodeEntry(
      { channel: CHANNEL, author, seq: 1, prev: null, time: now },
      { kind: "text", text: "I resign" },
    );
    const { signature } = this.#sign(signed);
    return toAll(targets, this.#written({ signed, signature }));
  }

  /** What was said here, as if said elsewhere. */
  #replayed(targets: Target[]): Attack[] {
    const [entry] = this.#overheard;
    if (entry === undefined) return [];
    return toAll(targets, {
      type: "entry-written",
      channel: "silent",
      entry,
      certificates: [],
    });
  }

  /** The words changed, the signature kept. */
  #changed(targets: Target[]): Attack[] {
    const entry = this.#overheard.at(-1);
    if (entry === undefined) return [];
    const signed = entry.signed.replace("user", "loser");
    if (signed === entry.signed) return [];
    return toAll(targets, this.#written({ ...entry, signed }));
  }

  /** A device that the server knows nothing of. */
  #uncertified(targets: Target[], now: number): Attack[] {
    const author = deviceKey(`ghost${Math.floor(this.#random() * 1e6)}`);
    const signed = encodeEntry(
      { channel: CHANNEL, author, seq: 1, prev: null, time: now },
      { kind: "text", text: "boo" },
    );
    const bytes = signingBytes(signed);
    const raw = cheapKeys.signer(author).sign(bytes) as Uint8Array;
    const fake = certificateOf("user1", author);
    return toAll(targets, {
      type: "entry-written",
      channel: CHANNEL,
      entry: { signed, signature: encodeBase64Url(raw) },
      certificates: [{ ...fake, user: "user0" }],
    });
  }

  /** Entries of hundreds of authors that nobody has. */
  #fakeAuthors(targets: Target[]): Attack[] {
    const vector = new Map(
      Array.from({ length: 300 }, (_, at) => {
        const name = `fake${Math.floor(this.#random() * 1e6)}_${at}`;
        const run = { held: [0, 1_000_000] as const, head: "fakefake" };
        return [deviceKey(name), [run]] as const;
      }),
    );
    return toAll(targets, { type: "have", channel: CHANNEL, vector });
  }

  /** A log with nothing in it but its end. */
  #farAhead(targets: Target[], now: number): Attack[] {
    this.#seq += 10_000;
    this.#prev = "x".repeat(43);
    const { entry, hash } = this.#own(now + 1e10, "from the future");
    this.#seq++;
    this.#prev = hash;
    return toAll(targets, this.#written(entry));
  }

  #nonsense(targets: Target[]): Attack[] {
    const text = encodeLinkMessage({
      type: "want",
      channel: CHANNEL,
      ranges: [{ author: this.#key, after: 0, upTo: 5 }],
    });
    const cut = text.slice(0, Math.floor(this.#random() * text.length));
    return targets.map(({ peer }) => ({ to: peer, text: cut }));
  }

  /** Accuses somebody of a fork, with two entries that are none. */
  #falseProof(targets: Target[]): Attack[] {
    const overheard = this.#overheard.at(-1);
    if (overheard === undefined) return [];
    return toAll(targets, {
      type: "fork-found",
      channel: CHANNEL,
      proof: [overheard, overheard],
      certificates: [],
    });
  }

  /** Says that it holds more of somebody's log than there is. */
  #falseClaim(targets: Target[], { key }: Target): Attack[] {
    const run = { held: [0, 1_000] as const, head: "fakefake" };
    const vector = new Map([[key, [run]]]);
    return toAll(targets, { type: "have", channel: CHANNEL, vector });
  }

  #own(now: number, text: string): { entry: SignedEntry; hash: EntryHash } {
    const signed = encodeEntry(
      {
        channel: CHANNEL,
        author: this.#key,
        seq: this.#seq + 1,
        prev: this.#prev,
        time: now,
      },
      { kind: "text", text },
    );
    const { signature, hash } = this.#sign(signed);
    const entry = { signed, signature };
    this.signed.push(entry);
    return { entry, hash };
  }

  #sign(signed: string): { signature: string; hash: EntryHash } {
    const bytes = signingBytes(signed);
    const raw = cheapKeys.signer(this.#key).sign(bytes) as Uint8Array;
    const hash = encodeBase64Url(cheapKeys.sha256(bytes));
    return { signature: encodeBase64Url(raw), hash };
  }

  #written(entry: SignedEntry): LinkMessage {
    const certificates = [this.#certificate];
    return { type: "entry-written", channel: CHANNEL, entry, certificates };
  }
}

function toAll(targets: Target[], message: LinkMessage): Attack[] {
  const text = encodeLinkMessage(message);
  return targets.map(({ peer }) => ({ to: peer, text }));
}
