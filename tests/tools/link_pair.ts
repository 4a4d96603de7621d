/**
 * Two ends of one link over real connections in this process, their signals
 * passed by hand.
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import type { Link, LinkProblem } from "../../lib/mesh/link.ts";
import { rtcLinks } from "../../lib/mesh/rtc_link.ts";
import type { Signal } from "../../lib/wire/signal.ts";
import { peerId } from "./ids.ts";

export interface LinkEnd {
  link: Link;
  connection: RTCPeerConnection;
  /** Every message that came. */
  heard: string[];
  /** Every signal it sent. */
  signals: Signal[];
  /** Called with each message. */
  onMessage: (text: string) => void;
  /** Every binary message that came. */
  frames: Uint8Array[];
  onBytes: (frame: Uint8Array) => void;
  onDrained: () => void;
  opened: Promise<void>;
  closed: Promise<LinkProblem | undefined>;
}

/** Both ends, open; the one that dials comes first. */
export async function openPair(
  newConnection: () => RTCPeerConnection,
): Promise<[LinkEnd, LinkEnd]> {
  const answered = Promise.withResolvers<LinkEnd>();
  let callee: LinkEnd | undefined;
  const caller = openEnd(newConnection, true, (signal) => {
    // As in the mesh: made for the first signal, and given it at once.
    callee ??= openEnd(newConnection, false, (back) => pass(caller, back));
    pass(callee, signal);
    answered.resolve(callee);
  });
  const pair: [LinkEnd, LinkEnd] = [caller, await answered.promise];
  await Promise.all(pair.map((end) => end.opened));
  return pair;
}

function pass(to: LinkEnd, signal: Signal): void {
  if (signal.type !== "hang-up") to.link.receive(signal);
}

function openEnd(
  newConnection: () => RTCPeerConnection,
  dials: boolean,
  send: (signal: Signal) => void,
): LinkEnd {
  const connection = newConnection();
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<LinkProblem | undefined>();
  const open = rtcLinks({
    newConnection: () => connection,
    clock: systemClock,
  });
  const end: Omit<LinkEnd, "link"> = {
    connection,
    heard: [],
    signals: [],
    onMessage: () => {},
    frames: [],
    onBytes: () => {},
    onDrained: () => {},
    opened: opened.promise,
    closed: closed.promise,
  };
  const link = open({
    link: peerId("link"),
    remote: peerId(dials ? "callee" : "caller"),
    dials,
    polite: dials,
    events: {
      signal(signal) {
        end.signals.push(signal);
        send(signal);
      },
      opened: () => opened.resolve(),
      message(text) {
        end.heard.push(text);
        end.onMessage(text);
      },
      bytes(frame) {
        end.frames.push(frame);
        end.onBytes(frame);
      },
      drained: () => end.onDrained(),
      pathChanged() {},
      closed: (problem) => closed.resolve(problem),
    },
  });
  return Object.assign(end, { link });
}
