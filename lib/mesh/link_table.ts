/**
 * At most one link for each peer, and the way of every signal to the link it is
 * for. Knows link ids and who gives way; not why one dials.
 *
 * Both sides dial at once: the lower peer id gives way, drops its own attempt
 * and answers the other's. An offer for a new link while one is there means
 * that the other side has lost it: the new one replaces it.
 * @module
 */
import type { PeerId } from "../wire/names.ts";
import type {
  DescriptionSignal,
  LinkId,
  Seeks,
  Signal,
} from "../wire/signal.ts";
import type { PeerInfo } from "../wire/tracker_api.ts";
import type { Bytes } from "./keys.ts";
import type { Link, LinkPath, LinkProblem, OpenLink } from "./link.ts";
import type { OpenedLink } from "./link_door.ts";

export interface LinkTableOptions {
  self: PeerId;
  openLink: OpenLink;
  newId: () => LinkId;
  /** To be passed on by whatever way there is. */
  signal(to: PeerId, signal: Signal): void;
  /** Whether a call of that peer is taken. */
  accepts(from: PeerInfo, seeks: Seeks | undefined): boolean;
  opened(peer: PeerInfo, link: OpenedLink): void;
  message(peer: PeerId, text: string): void;
  bytes(peer: PeerId, frame: Uint8Array): void;
  /** More bytes fit again. */
  drained(peer: PeerId): void;
  closed(peer: PeerId, problem: LinkProblem | undefined): void;
  pathChanged(peer: PeerId): void;
  /** A connection was closed, whether it had opened or not. */
  connectionEnded(): void;
}

interface Row extends PeerInfo {
  id: LinkId;
  link: Link;
  dials: boolean;
  /** What the call is for, where we call. */
  seeks?: Seeks | undefined;
  open: boolean;
  path: LinkPath;
}

export class LinkTable {
  readonly #options: LinkTableOptions;
  readonly #rows = new Map<PeerId, Row>();

  constructor(options: LinkTableOptions) {
    this.#options = options;
  }

  /** The peers to whom messages can be sent now. */
  linked(): PeerInfo[] {
    return [...this.#rows.values()].filter((row) => row.open)
      .map(({ peer, user }) => ({ peer, user }));
  }

  path(peer: PeerId): LinkPath | undefined {
    const row = this.#rows.get(peer);
    return row?.open ? row.path : undefined;
  }

  dial(info: PeerInfo, seeks?: Seeks): void {
    if (this.#rows.has(info.peer)) return;
    this.#open(info, { id: this.#options.newId(), dials: true, seeks });
  }

  /** Ends the link without a `closed`; the other side is told. */
  hangUp(peer: PeerId): void {
    const link = this.end(peer);
    if (link !== undefined) {
      this.#options.signal(peer, { type: "hang-up", link });
    }
  }

  /** The same, and no signal says so; returns which link it was. */
  end(peer: PeerId): LinkId | undefined {
    const row = this.#rows.get(peer);
    if (row !== undefined) this.#drop(row);
    return row?.id;
  }

  send(peer: PeerId, text: string): void {
    const row = this.#rows.get(peer);
    if (row?.open) row.link.send(text);
  }

  /** False where no more fits before `drained`. */
  sendBytes(peer: PeerId, frame: Bytes): boolean {
    const row = this.#rows.get(peer);
    return row?.open === true && row.link.sendBytes(frame);
  }

  /** Whether messages to `peer` can be sent now. */
  isOpen(peer: PeerId): boolean {
    return this.#rows.get(peer)?.open ?? false;
  }

  /**
   * A signal that came for us, from whoever the tracker says it is; `relayed`
   * where it was a neighbour that said so, and passed it on.
   */
  receive(from: PeerInfo, signal: Signal, { relayed = false } = {}): void {
    const row = this.#rows.get(from.peer);
    // Whoever passes signals on could end or take over a link that works.
    const works = row?.open === true && row.path !== "interrupted";
    if (relayed && works) return;
    if (row?.id === signal.link) {
      if (signal.type !== "hang-up") return row.link.receive(signal);
      this.#drop(row);
      this.#options.closed(row.peer, undefined);
    } else if (signal.type === "offer") this.#called(from, signal, row);
    // Anything else is for a link that is over.
  }

  /** Every link whose path is in doubt looks for a new one. */
  restartAll(): void {
    for (const { link } of this.#rows.values()) link.restart();
  }

  closeAll(): void {
    for (const row of [...this.#rows.values()]) this.#drop(row);
  }

  #called(
    from: PeerInfo,
    offer: DescriptionSignal,
    row: Row | undefined,
  ): void {
    const bothDial = row !== undefined && row.dials && !row.open;
    if (bothDial && !this.#isPolite(from.peer)) return;
    const { seeks } = offer;
    if (!this.#options.accepts(from, seeks)) {
      const hangUp = { type: "hang-up", link: offer.link } as const;
      this.#options.signal(from.peer, hangUp);
      return;
    }
    if (row !== undefined) {
      this.#drop(row);
      if (row.open) this.#options.closed(row.peer, undefined);
      // That the old link is over may have used up the permission.
      if (!this.#options.accepts(from, seeks)) return;
    }
    this.#open(from, { id: offer.link, dials: false }).receive(offer);
  }

  #open(
    { peer, user }: PeerInfo,
    { id, dials, seeks }: {
      id: LinkId;
      dials: boolean;
      seeks?: Seeks | undefined;
    },
  ): Link {
    // A link may signal from within its constructor: the row comes first.
    const row: Row = {
      peer,
      user,
      id,
      dials,
      seeks,
      open: false,
      path: "direct",
      link: CLOSED_LINK,
    };
    this.#rows.set(peer, row);
    const isCurrent = () => this.#rows.get(peer) === row;
    row.link = this.#options.openLink({
      link: id,
      remote: peer,
      dials,
      polite: this.#isPolite(peer),
      events: {
        signal: (signal) => {
          if (isCurrent()) this.#signal(row, signal);
        },
        opened: (fingerprints) => {
          if (!isCurrent()) return;
          row.open = true;
          this.#options.opened({ peer, user }, { link: id, fingerprints });
        },
        message: (text) => {
          if (isCurrent()) this.#options.message(peer, text);
        },
        bytes: (frame) => {
          if (isCurrent()) this.#options.bytes(peer, frame);
        },
        drained: () => {
          if (isCurrent()) this.#options.drained(peer);
        },
        pathChanged: (path) => {
          row.path = path;
          if (isCurrent()) this.#options.pathChanged(peer);
        },
        closed: (problem) => {
          if (!isCurrent()) return;
          this.#rows.delete(peer);
          this.#options.connectionEnded();
          this.#options.closed(peer, problem);
        },
      },
    });
    return row.link;
  }

  #drop(row: Row): void {
    this.#rows.delete(row.peer);
    row.link.close();
    this.#options.connectionEnded();
  }

  /** The first offers of our own say what they are for. */
  #signal({ peer, dials, open, seeks }: Row, signal: Signal): void {
    const isCall = dials && !open && signal.type === "offer" &&
      seeks !== undefined;
    this.#options.signal(peer, isCall ? { ...signal, seeks } : signal);
  }

  #isPolite(peer: PeerId): boolean {
    return this.#options.self < peer;
  }
}

const CLOSED_LINK: Link = {
  receive() {},
  send() {},
  sendBytes: () => false,
  restart() {},
  close() {},
};
