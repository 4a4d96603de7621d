import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeLinkMessage,
  encodeLinkMessage,
  type LinkMessage,
} from "../../lib/wire/link.ts";
import {
  NEIGHBOURS_MAX,
  type OverlayMessage,
  SHUFFLE_PEERS_MAX,
} from "../../lib/wire/overlay.ts";
import { WireError } from "../../lib/wire/wire_error.ts";

const PEER = "P".repeat(22);
const OTHER = "Q".repeat(22);
const LAN = { peer: PEER, user: "Lan" };
const OFFER = {
  type: "offer",
  link: OTHER,
  sdp: "v=0",
  seeks: { channel: "general", urgent: true },
} as const;

const MESSAGES: OverlayMessage[] = [
  { type: "neighbours-changed", channel: "x", peers: [LAN], spare: true },
  { type: "relay-signal", to: PEER, signal: { type: "hang-up", link: OTHER } },
  { type: "signal-relayed", from: LAN, signal: OFFER },
  { type: "relay-failed", to: PEER },
  { type: "shuffle", channel: "x", peers: [LAN] },
  { type: "shuffle-reply", channel: "x", peers: [] },
  { type: "link-dropped" },
];

function decodeOf(fields: Record<string, unknown>): LinkMessage {
  return decodeLinkMessage(JSON.stringify(fields));
}

Deno.test("decodeLinkMessage() reads back what is said about links", () => {
  for (const message of MESSAGES) {
    assert.deepEqual(decodeLinkMessage(encodeLinkMessage(message)), message);
  }
});

Deno.test("decodeLinkMessage() refuses a message about links with a field that is wrong", () => {
  for (const message of MESSAGES) {
    for (const name of Object.keys(message)) {
      for (const value of [undefined, null, {}, [null], -1]) {
        const text = JSON.stringify({ ...message, [name]: value });
        assert.throws(() => decodeLinkMessage(text), WireError, text);
      }
    }
  }
});

Deno.test("decodeLinkMessage() bounds the peers that a message about links names", () => {
  const peers = (count: number) => Array.from({ length: count }, () => LAN);
  for (
    const [type, most] of [
      ["neighbours-changed", NEIGHBOURS_MAX],
      ["shuffle", SHUFFLE_PEERS_MAX],
      ["shuffle-reply", SHUFFLE_PEERS_MAX],
    ] as const
  ) {
    const fields = { type, channel: "x", spare: false };
    assert.equal(decodeOf({ ...fields, peers: peers(most) }).type, type);
    const more = { ...fields, peers: peers(most + 1) };
    assert.throws(() => decodeOf(more), WireError);
  }
});

Deno.test("decodeLinkMessage() throws nothing but WireError for what is said about links", () => {
  const types = fc.constantFrom(...MESSAGES.map(({ type }) => type));
  const names = fc.constantFrom(
    ...["channel", "peers", "spare", "to", "from", "signal", "__proto__"],
  );
  const shaped = fc.tuple(types, fc.dictionary(names, fc.jsonValue()));
  fc.assert(fc.property(shaped, ([type, fields]) => {
    try {
      decodeOf({ ...fields, type });
    } catch (error) {
      assert.ok(error instanceof WireError, String(error));
    }
  }));
});
