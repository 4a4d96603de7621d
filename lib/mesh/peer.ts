/**
 * One member of the mesh: joins the sync core to the links, the tracker and the
 * store, and shows the result as a Chat. It performs what the core decides and
 * decides nothing itself.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { Entry, LinkMessage } from "../wire/link.ts";
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
import { Connections } from "./connections.ts";
import type { OpenLink } from "./link.ts";
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
  readonly #clock: Clock;
  readonly #sync: Sync;
  readonly #connections: Connections;
  readonly #tracker: TrackerClient;
  readonly #present = new Map<ChannelName, ReadonlySet<PeerId>>();
  readonly #storage: StoreWriter;
  readonly #channels = new ChannelList();
  readonly #announcer: Announcer;
  readonly #tickTimer: Timers;
  #trackerState: TrackerState = "connecting";
  #trackerFault: TrackerFault | undefined;
  #trouble: Trouble = "none";
  #stopped = false;

  constructor(options: PeerOptions) {
    const { self, clock, random } = options;
    this.self = self;
    this.#clock = clock;
    this.#storage = new StoreWriter(
      options.store,
      () => this.#announcer.tell({ type: "storage-failed" }),
    );
    this.#tickTimer = new Timers(clock);
    this.#announcer = new Announcer(clock, () => this.#changes());
    this.#sync = new Sync({
      self,
      userOf: (peer) => this.#connections.contact(peer)?.user,
    });
    this.#connections = this.#newConnections(options);
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
    this.#connections.stop();
    this.#tickTimer.clear();
    this.#announcer.stop();
    this.#storage.close();
  }

  channels(): ChannelView[] {
    return this.#channels.views((channel) =>
      Math.max(
        this.people(channel).length,
        this.#connections.sizeOf(channel) - 1,
      )
    );
  }

  people(channel: ChannelName): Person[] {
    return this.#connections.people(channel, this.#sync.members(channel));
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
    this.#connections.leave(channel);
    this.#tracker.request({ type: "leave-channel", channel });
    this.#storage.write((store) => store.removeChannel(channel));
    this.#announcer.tell({ type: "channels-changed" });
  }

  retryNow(): void {
    this.#tracker.retryNow();
    this.#connections.retryNow();
  }

  listen(listener: (change: Change) => void): () => void {
    return this.#announcer.listen(listener);
  }

  /** Joins at once; what was kept of the channel follows from the store. */
  async #enter(channel: ChannelName): Promise<void> {
    this.#channels.joined.add(channel);
    this.#connections.join(channel);
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

  #trackerChanged(state: TrackerState, fault: TrackerFault | undefined): void {
    this.#trackerState = state;
    this.#trackerFault = fault;
    const works = state === "online" || state === "polling";
    if (!works) this.#connections.trackerLost();
    this.#announcer.tell({ type: "tracker-changed" });
    this.#tellSoon();
  }

  #hear(news: TrackerNews): void {
    if (news.type === "welcome") this.#channels.replace(news.channels);
    this.#connections.hear(news);
    switch (news.type) {
      case "welcome":
        this.#joinMissing(news.rosters);
        break;
      case "channels-listed":
        this.#channels.replace(news.channels);
        break;
      case "channel-created":
        this.#channels.add(news.channel);
        break;
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

  #newConnections(
    { self, openLink, clock, random, newId }: PeerOptions,
  ): Connections {
    return new Connections({
      self,
      openLink,
      clock,
      random,
      newId,
      channels: () => this.#sync.channels,
      signal: (to, signal) =>
        this.#tracker.request({ type: "send-signal", to, signal }),
      listPeers: (channel) =>
        this.#tracker.request({ type: "list-peers", channel }),
      events: {
        linkUp: (info, channels) =>
          this.#perform(this.#sync.linkUp(info, channels)),
        message: (from, message) => this.#linkMessage(from, message),
        linkDown: (peer) =>
          this.#perform(this.#sync.linkDown(peer, this.#clock.now())),
        changed: () => this.#tellSoon(),
      },
    });
  }

  #linkMessage(from: PeerId, message: LinkMessage): void {
    this.#perform(this.#sync.receive(from, message, this.#clock.now()));
    // The others come often, and change nothing about who is here.
    const { type } = message;
    if (type === "channel-joined" || type === "channel-left") this.#tellSoon();
  }

  #perform(actions: SyncAction[]): void {
    for (const action of actions) {
      switch (action.type) {
        case "send":
          this.#connections.send(action.to, action.message);
          break;
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
          this.#connections.strike(action.peer, action.reason);
          break;
        case "delivery-changed":
          this.#announcer.deliveryChanged(action.channel);
      }
    }
    this.#schedule();
  }

  #tick(): void {
    this.#perform(this.#sync.tick(this.#clock.now()));
    this.#tellSoon();
  }

  #schedule(): void {
    this.#tickTimer.clear();
    const due = this.#sync.dueAt;
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
    const people = [...this.#channels.joined].map((channel): Change => ({
      type: "people-changed",
      channel,
    }));
    return [...this.#troubleChange(), ...people, { type: "channels-changed" }];
  }

  #troubleChange(): Change[] {
    const trouble = findTrouble({
      hasWebRtc: this.#connections.hasWebRtc,
      trackerFault: this.#trackerFault,
      contacts: this.#connections.contacts(),
    });
    if (trouble === this.#trouble) return [];
    this.#trouble = trouble;
    return [{ type: "trouble-changed" }];
  }
}
