/**
 * A door for meshes of thousands: everybody is let in who says hello, at once
 * and unproven. What proofs and checks are is tested with real keys elsewhere.
 * @module
 */
import type { Door, DoorOptions } from "../../lib/mesh/link_door.ts";
import type { Certificate } from "../../lib/wire/identity.ts";
import {
  decodeLinkMessage,
  encodeLinkMessage,
  LINK_VERSION,
} from "../../lib/wire/link.ts";
import type { PeerId } from "../../lib/wire/names.ts";
import { certificateOf, deviceKey } from "../tools/cheap_keys.ts";

export class OpenDoor implements Door {
  readonly #options: DoorOptions;
  readonly #opened = new Set<PeerId>();
  readonly #greeted = new Set<PeerId>();
  readonly #certificate: Certificate;

  /** `device`: its own, but for one that comes under another name. */
  constructor(options: DoorOptions, device?: string) {
    this.#options = options;
    const user = options.self.replaceAll("_", "");
    this.#certificate = certificateOf(user, deviceKey(device ?? user));
  }

  isVerified(peer: PeerId): boolean {
    return this.#greeted.has(peer);
  }

  opened(peer: PeerId): void {
    const { self, channels, send } = this.#options;
    this.#opened.add(peer);
    const certificate = this.#certificate;
    const proof = certificate.signature;
    const ours = { peer: self, channels: channels(), certificate, proof };
    const hello = { type: "hello", version: LINK_VERSION, ...ours } as const;
    send(peer, encodeLinkMessage(hello));
  }

  receive(peer: PeerId, text: string): void {
    const { message, verified } = this.#options;
    if (this.#greeted.has(peer)) return message(peer, text);
    const hello = this.#opened.has(peer) ? decoded(text) : undefined;
    if (hello?.type !== "hello") return;
    this.#greeted.add(peer);
    verified(peer, hello);
  }

  closed(peer: PeerId): void {
    this.#opened.delete(peer);
    this.#greeted.delete(peer);
  }

  /** Nothing is revoked in a simulation. */
  review(): void {}

  stop(): void {
    this.#opened.clear();
    this.#greeted.clear();
  }
}

function decoded(text: string) {
  try {
    return decodeLinkMessage(text);
  } catch {
    // The simulated Mallory says what is no message, too.
    return undefined;
  }
}
