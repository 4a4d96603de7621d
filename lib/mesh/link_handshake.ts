/**
 * Who is at the other end of a new link. Both sides say `hello` first, with a
 * certificate and a proof over this link (PROTOCOL.md, 3); until the other's is
 * found to hold, nothing else that it says is taken.
 *
 *     waiting ──hello──► checking ──holds──► verified
 *        │                  │                   │
 *        └───── refused ────┴──► over ◄─────────┘ the certificate's end
 *
 * | state    | event                     | then                           |
 * | -------- | ------------------------- | ------------------------------ |
 * | waiting  | the hello of that peer    | checking; it is to be judged   |
 * | waiting  | anything else             | refused, no-hello              |
 * | waiting  | HELLO_TIMEOUT_MS are over | refused, no-hello              |
 * | checking | a message                 | held back                      |
 * | checking | more than can be held     | refused, no-hello              |
 * | checking | the same time is over     | refused, bad-certificate       |
 * | checking | judged                    | verified, or refused for that  |
 * | verified | a message                 | delivered                      |
 * | verified | the certificate's end     | over: to be met anew           |
 * | verified | its revocation            | over: to be met anew           |
 * | over     | anything                  | nothing                        |
 *
 * Pure: signatures are the shell's to check, times are given.
 * @module
 */
import { decodeLinkMessage, type Hello } from "../wire/link.ts";
import type { PeerId } from "../wire/names.ts";

/** From the link's opening to a hello that holds; a slow phone needs one. */
export const HELLO_TIMEOUT_MS = 10_000;
/** Of 64 channel names and a certificate, with room to spare. */
export const HELLO_CHARS_MAX = 16 * 1024;
/** What an honest peer may say while its hello is checked: all that it has. */
export const HELD_MESSAGES_MAX = 256;
export const HELD_CHARS_MAX = 4 * 1024 * 1024;

/**
 * Why a link is not kept, as people are told: `no-hello` in time or in form; a
 * certificate that is not the server's word, or has run out; another user's than
 * the tracker said; a proof for another link than this one: somebody sits in the
 * middle.
 */
export type LinkRefusal =
  | "no-hello"
  | "bad-certificate"
  | "expired"
  | "other-user"
  | "bad-proof";

/**
 * The server has taken the certificate back: its holder is out, and of no one's
 * concern, or has another one in a moment.
 */
export type HelloRefusal = LinkRefusal | "revoked";

/** What checking a hello has come to: until when it holds, or why not. */
export type HelloVerdict = { until: number } | { refusal: HelloRefusal };

export type HandshakeAction =
  | { type: "judge"; hello: Hello }
  | { type: "verified"; hello: Hello }
  | { type: "deliver"; text: string }
  | { type: "refuse"; refusal: HelloRefusal }
  /** Whoever has a certificate that holds shows it on the next link. */
  | { type: "renew" };

type State =
  | { name: "waiting" }
  | { name: "checking"; hello: Hello; held: string[]; chars: number }
  | { name: "verified" }
  | { name: "over" };

export class LinkHandshake {
  readonly #remote: PeerId;
  #state: State = { name: "waiting" };
  #dueAt: number;

  /** A link to `remote` opened at `now`. */
  constructor(remote: PeerId, now: number) {
    this.#remote = remote;
    this.#dueAt = now + HELLO_TIMEOUT_MS;
  }

  get isVerified(): boolean {
    return this.#state.name === "verified";
  }

  /** When `tick` ends the link, ms since 1970. */
  get dueAt(): number {
    return this.#state.name === "over" ? Infinity : this.#dueAt;
  }

  receive(text: string): HandshakeAction[] {
    const state = this.#state;
    switch (state.name) {
      case "waiting":
        return this.#greet(text);
      case "checking":
        state.chars += text.length;
        if (
          state.held.length >= HELD_MESSAGES_MAX || state.chars > HELD_CHARS_MAX
        ) return this.#refuse("no-hello");
        state.held.push(text);
        return [];
      case "verified":
        return [{ type: "deliver", text }];
      case "over":
        return [];
    }
  }

  /** The hello that was to be judged holds, or doesn't. */
  judged(verdict: HelloVerdict): HandshakeAction[] {
    const state = this.#state;
    if (state.name !== "checking") return [];
    if ("refusal" in verdict) return this.#refuse(verdict.refusal);
    this.#state = { name: "verified" };
    this.#dueAt = verdict.until;
    const held = state.held
      .map((text) => ({ type: "deliver" as const, text }));
    return [{ type: "verified", hello: state.hello }, ...held];
  }

  /** The certificate that was shown holds no longer: taken back, or at its end. */
  ended(): HandshakeAction[] {
    if (!this.isVerified) return [];
    this.#state = { name: "over" };
    return [{ type: "renew" }];
  }

  tick(now: number): HandshakeAction[] {
    if (now < this.dueAt) return [];
    switch (this.#state.name) {
      case "waiting":
        return this.#refuse("no-hello");
      case "checking":
        return this.#refuse("bad-certificate");
      case "verified":
        return this.ended();
      case "over":
        return [];
    }
  }

  #greet(text: string): HandshakeAction[] {
    const hello = readHello(text);
    if (hello === undefined) return this.#refuse("no-hello");
    // Somebody else's hello can only have been taken from another link.
    if (hello.peer !== this.#remote) return this.#refuse("bad-proof");
    this.#state = { name: "checking", hello, held: [], chars: 0 };
    return [{ type: "judge", hello }];
  }

  #refuse(refusal: HelloRefusal): HandshakeAction[] {
    this.#state = { name: "over" };
    return [{ type: "refuse", refusal }];
  }
}

function readHello(text: string): Hello | undefined {
  if (text.length > HELLO_CHARS_MAX) return undefined;
  try {
    const message = decodeLinkMessage(text);
    return message.type === "hello" ? message : undefined;
  } catch {
    // A peer of another version, or none of ours: either way, no hello.
    return undefined;
  }
}
