/**
 * One member of the mesh: joins the cores (overlay, sync) to the tracker, the
 * links and the store, and shows the result as a Chat. It performs what the
 * cores decide and decides nothing itself.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import {
  encodeLinkMessage,
  type Entry,
  LINK_VERSION,
  type LinkMessage,
  NEIGHBOURS_MAX,
} from "../wire/link.ts";
import {
  type ChannelName,
  DEFAULT_CHANNEL,
  type PeerId,
} from "../wire/names.ts";
import {
  CHANNELS_PER_PEER_MAX,
  type PeerInfo,
  type Roster,
  type TrackerNews,
} from "../wire/tracker_api.ts";
import { Announcer } from "./announcer.ts";
import { ChannelList } from "./channel_list.ts";
import type {
  Change,
  ChannelView,
  Chat,
  Delivery,
  KeptEntry,
  Person,
  TrackerState,
  Trouble,
} from "./chat.ts";
import type { LinkProblem, OpenLink } from "./link.ts";
import { LinkGuard } from "./link_guard.ts";
import { LinkTable } from "./link_table.ts";
import { Overlay, type OverlayAction } from "./overlay.ts";
import { Neighbours, peopleIn } from "./people.ts";
import type { Store } from "./store.ts";
import { StoreWriter } from "./store_writer.ts";
import { Sync, type SyncAction } from "./sync.ts";
import { Timers } from "./timers.ts";
import {
  type Socket,
  TrackerClient,
  type TrackerFault,
} from "./tracker_client.ts";
import type { Fetch } from "./tracker_http.ts";
import { findTrouble } from "./trouble.ts";

export interface PeerOptions {
  self: PeerInfo;
  store: Store;
  /** Undefined where this machine has no WebRTC. */
  openLink: OpenLink | undefined;
  openSocket: () => Socket;
  fetch: Fetch;
  clock: Clock;
  random: Random;
  /** 22 unguessable characters, for each link. */
  newId: () => string;
}

export class Peer implements Chat {
  readonly self: PeerInfo;
  readonly #options: PeerOptions;
  readonly #clock: Clock;
  readonly #sync: Sync;
  readonly #overlay: Overlay;
  readonly #links: LinkTable | undefined;
  readonly #tracker: TrackerClient;
  readonly #neighbours = new Neighbours();
  readonly #present = new Map<ChannelName, ReadonlySet<PeerId>>();
  readonly #guard = new LinkGuard();
  readonly #storage: StoreWriter;
  readonly #channels = new ChannelList();
  readonly #announcer: Announcer;
  readonly #tickTimer: Timers;
  #neighboursChanged = false;
  #trackerState: TrackerState = "connecting";
  #trackerFault: TrackerFault | undefined;
  #trouble: Trouble = "none";
  #stopped = false;

  constructor(options: PeerOptions) {
    const { self, clock, random, openLink } = options;
    this.self = self;
    this.#options = options;
    this.#clock = clock;
    this.#storage = new StoreWriter(
      options.store,
      () => this.#announcer.tell({ type: "storage-failed" }),
    );
    this.#tickTimer = new Timers(clock);
    this.#announcer = new Announcer(clock, () => this.#changes());
    this.#overlay = new Overlay({ self: self.peer, random });
    this.#sync = new Sync({
      self,
      userOf: (peer) => this.#overlay.contact(peer)?.user,
    });
    this.#links = openLink && this.#linkTable(openLink);
    this.#tracker = new TrackerClient({
      peer: self.peer,
      channels: () => [...this.#channels.joined],
      openSocket: options.openSocket,
      fetch: options.fetch,
      clock,
      random,
      onNews: (news) => this.#hear(news),
      onState: (state, fault) => this.#trackerChanged(state, fault),
    });
  }

  get trackerState(): TrackerState {
    return this.#trackerState;
  }

  get trouble(): Trouble {
    return this.#trouble;
  }

  get storageWorks(): boolean {
    return this.#storage.works;
  }

  async start(): Promise<void> {
    for (const change of this.#troubleChange()) this.#announcer.tell(change);
    const stored = await this.#storage.read((store) => store.channels(), []);
    const channels = new Set([DEFAULT_CHANNEL, ...stored]);
    await Promise.all(
      [...channels].slice(0, CHANNELS_PER_PEER_MAX)
        .map((channel) => this.#enter(channel)),
    );
    if (!this.#stopped) this.#tracker.start();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#tracker.stop();
    this.#links?.closeAll();
    this.#tickTimer.clear();
    this.#announcer.stop();
    this.#storage.close();
  }

  channels(): ChannelView[] {
    return this.#channels.views((channel) => this.people(channel).length);
  }

  people(channel: ChannelName): Person[] {
    return peopleIn(channel, {
      contacts: this.#overlay.contacts(),
      members: new Set(this.#sync.members(channel)),
      pathOf: (peer) => this.#links?.path(peer),
      withinReach: this.#neighbours.withinReach(this.#sync.members(channel)),
      trackerWorks: this.#trackerWorks,
    });
  }

  entries(channel: ChannelName): readonly KeptEntry[] {
    return this.#sync.view(channel);
  }

  delivery(channel: ChannelName, entry: Entry): Delivery {
    const holders = this.#sync.holders(channel, entry);
    const held = Math.max(
      holders.size,
      this.#sync.mostHolders(channel, entry),
    );
    const everyone = new Set([...holders, ...this.#presentIn(channel)]);
    return { held, of: Math.max(held, everyone.size) };
  }

  send(channel: ChannelName, text: string): KeptEntry {
    const { kept, actions } = this.#sync.write(
      channel,
      text,
      this.#clock.now(),
    );
    this.#perform(actions);
    return kept;
  }

  join(channel: ChannelName): void {
    if (this.#channels.joined.has(channel)) return;
    if (this.#channels.joined.size >= CHANNELS_PER_PEER_MAX) {
      throw new RangeError(
        `Cannot join "${channel}": leave one of your ${CHANNELS_PER_PEER_MAX} channels first`,
      );
    }
    void this.#enter(channel);
    this.#tracker.request({ type: "create-channel", channel });
    this.#storage.write((store) => store.addChannel(channel));
  }

  leave(channel: ChannelName): void {
    if (channel === DEFAULT_CHANNEL || !this.#channels.joined.delete(channel)) {
      return;
    }
    this.#perform(this.#sync.leave(channel));
    this.#tracker.request({ type: "leave-channel", channel });
    this.#storage.write((store) => store.removeChannel(channel));
    this.#announcer.tell({ type: "channels-changed" });
  }

  retryNow(): void {
    this.#tracker.retryNow();
    this.#overlay.retryNow(this.#clock.now());
    this.#links?.restartAll();
    this.#tick();
  }

  listen(listener: (change: Change) => void): () => void {
    return this.#announcer.listen(listener);
  }

  /** Joins at once; what was kept of the channel follows from the store. */
  async #enter(channel: ChannelName): Promise<void> {
    this.#channels.joined.add(channel);
    this.#perform(this.#sync.join(channel));
    this.#announcer.tell({ type: "channels-changed" });
    const stored = await this.#storage.read(
      (store) => store.load(channel),
      [],
    );
    if (this.#stopped || !this.#channels.joined.has(channel)) return;
    const now = this.#clock.now();
    this.#perform(this.#sync.restore(channel, stored, now));
    const entries = [...this.#sync.view(channel)];
    this.#announcer.tell({ type: "entries-added", channel, entries });
    this.#tellSoon();
  }

  get #trackerWorks(): boolean {
    return this.#trackerState === "online" || this.#trackerState === "polling";
  }

  #trackerChanged(state: TrackerState, fault: TrackerFault | undefined): void {
    this.#trackerState = state;
    this.#trackerFault = fault;
    if (!this.#trackerWorks) {
      this.#act(this.#overlay.setSignaling(false, this.#clock.now()));
    }
    this.#announcer.tell({ type: "tracker-changed" });
    this.#tellSoon();
  }

  #hear(news: TrackerNews): void {
    const now = this.#clock.now();
    switch (news.type) {
      case "welcome":
        this.#channels.replace(news.channels);
        this.#act(this.#overlay.setSignaling(true, now));
        for (const { channel, peers } of news.rosters) {
          this.#act(this.#overlay.roster(channel, peers, now));
        }
        this.#joinMissing(news.rosters);
        break;
      case "channels-listed":
        this.#channels.replace(news.channels);
        break;
      case "channel-created":
        this.#channels.add(news.channel);
        break;
      case "peers-listed":
        this.#act(this.#overlay.roster(news.channel, news.peers, now));
        break;
      case "peer-joined":
        this.#act(this.#overlay.joined(news.channel, news, now));
        break;
      case "peer-left":
        this.#act(this.#overlay.left(news.channel, news.peer));
        break;
      case "signal-received": {
        const from = { peer: news.from, user: news.user };
        this.#links?.receive(from, news.signal);
        break;
      }
      case "heartbeat-received":
        this.#tracker.request({ type: "list-channels" });
        break;
      case "error":
        this.#announcer.tell({ type: "request-failed", code: news.code });
        break;
    }
    this.#tellSoon();
  }

  /** What was joined while the registration was under way is not in it. */
  #joinMissing(rosters: Roster[]): void {
    const registered = new Set(rosters.map(({ channel }) => channel));
    for (const channel of this.#channels.joined) {
      if (registered.has(channel)) continue;
      this.#tracker.request({ type: "create-channel", channel });
    }
  }

  #linkTable(openLink: OpenLink): LinkTable {
    return new LinkTable({
      self: this.self.peer,
      openLink,
      newId: this.#options.newId,
      signal: (to, signal) =>
        this.#tracker.request({ type: "send-signal", to, signal }),
      accepts: (from) => this.#overlay.called(from, this.#clock.now()),
      opened: (info) => this.#linkOpened(info),
      message: (peer, text) => this.#linkMessage(peer, text),
      closed: (peer, problem) => this.#linkClosed(peer, problem),
      pathChanged: () => this.#tellSoon(),
    });
  }

  #linkOpened({ peer }: PeerInfo): void {
    this.#guard.opened(peer, this.#clock.now());
    this.#overlay.opened(peer);
    this.#sendTo(peer, {
      type: "hello",
      version: LINK_VERSION,
      peer: this.self.peer,
      channels: this.#sync.channels,
    });
    this.#neighboursChanged = true;
    this.#tellSoon();
    this.#schedule();
  }

  #linkMessage(peer: PeerId, text: string): void {
    const now = this.#clock.now();
    const message = this.#guard.admit(peer, text, now);
    if ("breach" in message) return this.#strike(peer, message.breach);
    switch (message.type) {
      case "hello": {
        const user = this.#overlay.contact(peer)?.user ?? "";
        this.#perform(this.#sync.linkUp({ peer, user }, message.channels));
        break;
      }
      case "neighbours-changed":
        this.#neighbours.set(peer, message.peers);
        break;
      case "have":
      case "want":
      case "entries":
      case "entry-written":
        // These come often, and change nothing about who is here.
        return this.#perform(this.#sync.receive(peer, message, now));
      default:
        this.#perform(this.#sync.receive(peer, message, now));
    }
    this.#tellSoon();
  }

  #linkClosed(peer: PeerId, problem: LinkProblem | undefined): void {
    this.#forgetLink(peer);
    this.#act(this.#overlay.closed(peer, problem, this.#clock.now()));
  }

  #forgetLink(peer: PeerId): void {
    this.#guard.closed(peer);
    this.#neighbours.delete(peer);
    this.#perform(this.#sync.linkDown(peer, this.#clock.now()));
    this.#neighboursChanged = true;
    this.#tellSoon();
  }

  /** The peer did what no honest peer does; at the limit it is let go. */
  #strike(peer: PeerId, reason: string): void {
    if (!this.#guard.strike(peer)) return;
    this.#sendTo(peer, { type: "error", code: "bad-message", message: reason });
    this.#forgetLink(peer);
    this.#act(this.#overlay.ban(peer, this.#clock.now()));
  }

  #sendTo(peer: PeerId, message: LinkMessage): void {
    this.#links?.send(peer, encodeLinkMessage(message));
  }

  #act(actions: OverlayAction[]): void {
    for (const { type, peer } of actions) {
      const contact = this.#overlay.contact(peer);
      if (type === "hang-up") this.#links?.hangUp(peer);
      else if (contact !== undefined) {
        this.#links?.dial({ peer, user: contact.user });
      }
    }
    this.#schedule();
  }

  #perform(actions: SyncAction[]): void {
    // One message to many is encoded once.
    const encoded = new Map<LinkMessage, string>();
    for (const action of actions) {
      switch (action.type) {
        case "send": {
          const { to, message } = action;
          const text = encoded.get(message) ?? encodeLinkMessage(message);
          encoded.set(message, text);
          this.#links?.send(to, text);
          break;
        }
        case "keep": {
          const { channel, kept } = action;
          this.#storage.keep(kept);
          this.#announcer.tell({
            type: "entries-added",
            channel,
            entries: kept,
          });
          break;
        }
        case "update":
          this.#storage.keep(action.kept);
          break;
        case "forget":
          this.#storage.forget(action.dropped);
          break;
        case "strike":
          this.#strike(action.peer, action.reason);
          break;
        case "delivery-changed":
          this.#announcer.deliveryChanged(action.channel);
      }
    }
    this.#schedule();
  }

  #tick(): void {
    const now = this.#clock.now();
    this.#act(this.#overlay.tick(now));
    this.#perform(this.#sync.tick(now));
    this.#tellSoon();
  }

  #schedule(): void {
    this.#tickTimer.clear();
    const due = Math.min(this.#sync.dueAt, this.#overlay.dueAt);
    if (this.#stopped || due === Infinity) return;
    const delayMs = Math.max(0, due - this.#clock.now());
    this.#tickTimer.after(delayMs, () => this.#tick());
  }

  /** Worked out once for all that is asked until something changes. */
  #presentIn(channel: ChannelName): ReadonlySet<PeerId> {
    let present = this.#present.get(channel);
    if (present === undefined) {
      const people = this.people(channel);
      const here = people.filter(({ state }) => state !== "away");
      present = new Set(here.map(({ peer }) => peer));
      this.#present.set(channel, present);
    }
    return present;
  }

  #tellSoon(): void {
    this.#present.clear();
    this.#announcer.tellSoon();
  }

  /** What many small events have come to. */
  #changes(): Change[] {
    this.#tellNeighbours();
    const people = [...this.#channels.joined].map((channel): Change => ({
      type: "people-changed",
      channel,
    }));
    return [...this.#troubleChange(), ...people, { type: "channels-changed" }];
  }

  #tellNeighbours(): void {
    if (!this.#neighboursChanged) return;
    this.#neighboursChanged = false;
    const linked = this.#links?.linked() ?? [];
    const peers = linked.slice(0, NEIGHBOURS_MAX);
    for (const { peer } of linked) {
      this.#sendTo(peer, { type: "neighbours-changed", peers });
    }
  }

  #troubleChange(): Change[] {
    const trouble = findTrouble({
      hasWebRtc: this.#links !== undefined,
      trackerFault: this.#trackerFault,
      contacts: this.#overlay.contacts(),
    });
    if (trouble === this.#trouble) return [];
    this.#trouble = trouble;
    return [{ type: "trouble-changed" }];
  }
}
