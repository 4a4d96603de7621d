/**
 * Lets in whoever shows, on each new link, whose device it is: says our hello,
 * has the other side's checked, and passes on what comes after it. Signing and
 * checking take time, and happen here; LinkHandshake decides.
 * @module
 */
import type { Clock } from "../clock.ts";
import { decodeBase64Url, encodeBase64Url } from "../wire/base64url.ts";
import {
  type Certificate,
  CERTIFICATE_TOLERANCE_MS,
} from "../wire/identity.ts";
import { FILES_VERSION } from "../wire/file_messages.ts";
import { encodeLinkMessage, type Hello, LINK_VERSION } from "../wire/link.ts";
import { type LinkFingerprints, linkProofBytes } from "../wire/link_proof.ts";
import type { ChannelName, PeerId } from "../wire/names.ts";
import type { LinkId } from "../wire/signal.ts";
import type { Identity } from "./identity_client.ts";
import type { Verifier } from "./keys.ts";
import {
  type HandshakeAction,
  type HelloRefusal,
  type HelloVerdict,
  LinkHandshake,
} from "./link_handshake.ts";
import { Timers } from "./timers.ts";

/** Timers of browsers run over after 24 days; certificates last longer. */
const WAIT_MAX_MS = 6 * 3_600_000;

/** Whose word certificates are, and what time it is there. */
export interface CertificateJudge {
  /** Whether the server certified this at any time. */
  isGenuine(certificate: Certificate): Promise<boolean>;
  /** Whether its holder may come in now. */
  isCurrent(certificate: Certificate): Promise<boolean>;
  /** Whether the server has taken it back, as far as was told. */
  isRevoked(certificate: Certificate): boolean;
  /** The server's time, as far as it was told. */
  now(): number;
}

/** What stands between links and whoever uses them. */
export interface Door {
  /** Whether that peer is who its certificate says, on a link that is open. */
  isVerified(peer: PeerId): boolean;
  opened(peer: PeerId, link: OpenedLink): void;
  /** What came on the link. */
  receive(peer: PeerId, text: string): void;
  closed(peer: PeerId): void;
  /** Certificates were revoked: links of their holders are over. */
  review(): void;
  stop(): void;
}

export interface DoorOptions {
  self: PeerId;
  clock: Clock;
  /** Those that a hello names. */
  channels(): ChannelName[];
  /** Whom the tracker calls that peer, where it was asked. */
  userOf(peer: PeerId): string | undefined;
  send(to: PeerId, text: string): void;
  /** From now on messages may pass, and the certificate says who it is. */
  verified(peer: PeerId, hello: Hello): void;
  message(from: PeerId, text: string): void;
  /** The link is to be closed; `user` is whom a certificate named. */
  refused(peer: PeerId, refusal: HelloRefusal, user: string | undefined): void;
  /** The link is to be closed, and built anew: its certificate holds no longer. */
  ended(peer: PeerId): void;
}

export interface LinkDoorParts extends DoorOptions {
  verifier: Verifier;
  judge(): CertificateJudge;
  /** Of this device; resolves once there is one. */
  identity(): Promise<Identity>;
}

/** What an open link is known by. */
export interface OpenedLink {
  link: LinkId;
  fingerprints: LinkFingerprints;
}

interface Row extends OpenedLink {
  peer: PeerId;
  handshake: LinkHandshake;
  /** Nothing may be said before our own hello. */
  greeting: Promise<void>;
  certificate?: Certificate;
}

export class LinkDoor implements Door {
  readonly #parts: LinkDoorParts;
  readonly #rows = new Map<PeerId, Row>();
  readonly #timers: Timers;
  #stopped = false;

  constructor(parts: LinkDoorParts) {
    this.#parts = parts;
    this.#timers = new Timers(parts.clock);
  }

  isVerified(peer: PeerId): boolean {
    return this.#rows.get(peer)?.handshake.isVerified ?? false;
  }

  opened(peer: PeerId, { link, fingerprints }: OpenedLink): void {
    const handshake = new LinkHandshake(peer, this.#parts.clock.now());
    const greeting = Promise.resolve();
    const row: Row = { peer, link, fingerprints, handshake, greeting };
    this.#rows.set(peer, row);
    row.greeting = this.#greet(row);
    this.#schedule();
  }

  receive(peer: PeerId, text: string): void {
    const row = this.#rows.get(peer);
    if (row !== undefined) this.#perform(row, row.handshake.receive(text));
  }

  closed(peer: PeerId): void {
    this.#rows.delete(peer);
    this.#schedule();
  }

  review(): void {
    for (const row of [...this.#rows.values()]) {
      if (this.#isRevoked(row)) this.#perform(row, row.handshake.ended());
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#rows.clear();
    this.#timers.clear();
  }

  #perform(row: Row, actions: HandshakeAction[]): void {
    for (const action of actions) {
      // What was done before may have closed the link.
      if (this.#rows.get(row.peer) !== row) return;
      switch (action.type) {
        case "judge":
          void this.#judge(row, action.hello);
          break;
        case "verified":
          this.#schedule();
          this.#parts.verified(row.peer, action.hello);
          break;
        case "deliver":
          this.#parts.message(row.peer, action.text);
          break;
        case "refuse":
          this.closed(row.peer);
          this.#parts
            .refused(row.peer, action.refusal, row.certificate?.user);
          break;
        case "renew":
          this.closed(row.peer);
          this.#parts.ended(row.peer);
      }
    }
  }

  async #greet(row: Row): Promise<void> {
    const { self, channels, send } = this.#parts;
    const { certificate, signer } = await this.#parts.identity();
    const { link, peer, fingerprints: { local, remote } } = row;
    const bytes = linkProofBytes(link, {
      sender: { peer: self, fingerprint: local },
      receiver: { peer, fingerprint: remote },
    });
    const proof = encodeBase64Url(await signer.sign(bytes));
    if (this.#rows.get(peer) !== row) return;
    const hello: Hello = {
      type: "hello",
      version: LINK_VERSION,
      peer: self,
      channels: channels(),
      certificate,
      proof,
      files: FILES_VERSION,
    };
    send(peer, encodeLinkMessage(hello));
  }

  async #judge(row: Row, hello: Hello): Promise<void> {
    row.certificate = hello.certificate;
    const [found] = await Promise.all([
      this.#verdict(row, hello),
      row.greeting,
    ]);
    // Looked at last: a review goes over those that are verified.
    const verdict: HelloVerdict = "until" in found && this.#isRevoked(row)
      ? { refusal: "revoked" }
      : found;
    if (this.#rows.get(row.peer) === row) {
      this.#perform(row, row.handshake.judged(verdict));
    } else if (!this.#rows.has(row.peer)) this.#tellLate(row, verdict);
  }

  #isRevoked({ certificate }: Row): boolean {
    return certificate !== undefined &&
      this.#parts.judge().isRevoked(certificate);
  }

  /** The other side has found it out first, and closed the link. */
  #tellLate(row: Row, verdict: HelloVerdict): void {
    if (this.#stopped || !("refusal" in verdict)) return;
    if (row.handshake.judged(verdict).length === 0) return;
    const { peer, certificate } = row;
    this.#parts.refused(peer, verdict.refusal, certificate?.user);
  }

  async #verdict(
    { peer, link, fingerprints: { local, remote } }: Row,
    { certificate, proof }: Hello,
  ): Promise<HelloVerdict> {
    const { self, clock, verifier, userOf } = this.#parts;
    const judge = this.#parts.judge();
    if (!await judge.isGenuine(certificate)) {
      return { refusal: "bad-certificate" };
    }
    const bytes = linkProofBytes(link, {
      sender: { peer, fingerprint: remote },
      receiver: { peer: self, fingerprint: local },
    });
    const signature = decodeBase64Url(proof) ?? new Uint8Array();
    if (!await verifier.verify(certificate.key, bytes, signature)) {
      return { refusal: "bad-proof" };
    }
    if (!await judge.isCurrent(certificate)) return { refusal: "expired" };
    if ((userOf(peer) ?? certificate.user) !== certificate.user) {
      return { refusal: "other-user" };
    }
    const leftMs = certificate.expiresAt + CERTIFICATE_TOLERANCE_MS -
      judge.now();
    return { until: clock.now() + leftMs };
  }

  #tick(): void {
    const now = this.#parts.clock.now();
    for (const row of [...this.#rows.values()]) {
      this.#perform(row, row.handshake.tick(now));
    }
    this.#schedule();
  }

  #schedule(): void {
    this.#timers.clear();
    let due = Infinity;
    for (const { handshake } of this.#rows.values()) {
      due = Math.min(due, handshake.dueAt);
    }
    if (due === Infinity) return;
    const delayMs = Math.max(0, due - this.#parts.clock.now());
    this.#timers.after(Math.min(WAIT_MAX_MS, delayMs), () => this.#tick());
  }
}
