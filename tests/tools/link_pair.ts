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
  /** Called with each. */
  onMessage: (text: string) => void;
  opened: Promise<void>;
  closed: Promise<LinkProblem | undefined>;
}

/** The one that dials comes first. */
export function linkPair(
  newConnection: () => RTCPeerConnection,
): [LinkEnd, LinkEnd] {
  const caller = openEnd(newConnection, true, (signal) => pass(callee, signal));
  const callee = openEnd(
    newConnection,
    false,
    (signal) => pass(caller, signal),
  );
  return [caller, callee];
}

function pass(to: LinkEnd, signal: Signal): void {
  // As over a tracker: not from within the call that made it.
  queueMicrotask(() => {
    if (signal.type !== "hang-up") to.link.receive(signal);
  });
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
    onMessage: () => {},
    opened: opened.promise,
    closed: closed.promise,
  };
  const link = open({
    link: peerId("link"),
    remote: peerId(dials ? "callee" : "caller"),
    dials,
    polite: dials,
    events: {
      signal: send,
      opened: () => opened.resolve(),
      message(text) {
        end.heard.push(text);
        end.onMessage(text);
      },
      pathChanged() {},
      closed: (problem) => closed.resolve(problem),
    },
  });
  return Object.assign(end, { link });
}
