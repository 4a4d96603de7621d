/**
 * One member of the mesh: joins its history to its identity, the links and the
 * tracker, and shows the result as a Chat. It decides nothing itself.
 * @module
 */
import type { EntryRef } from "../wire/entry.ts";
import {
  type ChannelName,
  DEFAULT_CHANNEL,
  type PeerId,
} from "../wire/names.ts";
import {
  CHANNELS_PER_PEER_MAX,
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
  Message,
  Person,
  TrackerState,
  Trouble,
} from "./chat.ts";
import { Connections } from "./connections.ts";
import { History } from "./history.ts";
import type { Identity } from "./identity_client.ts";
import type { IdentityKind, IdentitySource } from "./identity_source.ts";
import { type FileEngineEvents, LateFiles } from "./late_files.ts";
import { LinkDoor } from "./link_door.ts";
import type { AdmittedMessage } from "./link_guard.ts";
import type { PeerOptions } from "./peer_options.ts";
import { Presence } from "./presence.ts";
import { TrackerClient, type TrackerFault } from "./tracker_client.ts";
import { type EntryFault, findTrouble } from "./trouble.ts";

/**
 * The list of all channels grows with the system, and every page asks for it:
 * who comes to a channel that we are in is told anyway, and new channels are.
 */
export const HEARTBEATS_PER_LIST = 4;

export class Peer implements Chat {
  self: Chat["self"];
  readonly files: LateFiles;
  readonly #options: PeerOptions;
  readonly #history: History;
  readonly #connections: Connections;
  readonly #tracker: TrackerClient;
  readonly #presence: Presence;
  readonly #channels = new ChannelList();
  readonly #announcer: Announcer;
  #identity: IdentitySource;
  #entered = false;
  #isMeeting = false;
  #isIdentified = false;
  /** As it is shown on links; a promise until there is the first one. */
  #shown = Promise.withResolvers<Identity>();
  #identityKind: IdentityKind = "kept";
  #trackerState: TrackerState = "connecting";
  #entryFault: EntryFault | undefined;
  #trouble: Trouble = "none";
  #heartbeats = 0;
  /** The last one that the tracker told. */
  #revocation = 0;
  #stopped = false;

  constructor(options: PeerOptions) {
    const { self, clock, random } = options;
    this.self = self;
    this.#options = options;
    this.#announcer = new Announcer(clock, () => this.#changes());
    this.files = this.#newFiles(options);
    this.#history = this.#newHistory(options);
    this.#identity = this.#openIdentity("kept");
    this.#connections = this.#newConnections(options);
    this.#presence = new Presence({
      ...{ history: this.#history, connections: this.#connections },
    });
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

  get #trackerWorks(): boolean {
    return this.#trackerState === "online" || this.#trackerState === "polling";
  }

  get trouble(): Trouble {
    return this.#trouble;
  }

  get storageWorks(): boolean {
    return this.#history.storage.works;
  }

  async start(): Promise<void> {
    for (const change of this.#troubleChange()) this.#announcer.tell(change);
    this.#identity.start();
    this.files.start();
    await this.#history.start();
    const stored = await this.#history.storage
      .read((store) => store.channels(), []);
    const channels = new Set([DEFAULT_CHANNEL, ...stored]);
    await Promise.all(
      [...channels].slice(0, CHANNELS_PER_PEER_MAX)
        .map((channel) => this.#enter(channel)),
    );
    this.#entered = true;
    this.#meetOthers();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#identity.stop();
    this.#tracker.stop();
    this.#connections.stop();
    this.#history.stop();
    this.files.stop();
    this.#announcer.stop();
  }

  channels(): ChannelView[] {
    return this.#channels
      .views((channel) => this.#presence.countOf(channel));
  }

  people(channel: ChannelName): Person[] {
    return this.#presence.people(channel);
  }

  messages(channel: ChannelName): readonly Message[] {
    return this.#history.messages(channel);
  }

  isFetching(channel: ChannelName): boolean {
    return this.#history.isFetching(channel);
  }

  delivery(channel: ChannelName, ref: EntryRef): Delivery {
    return this.#presence.delivery(channel, ref);
  }

  send(
    channel: ChannelName,
    text: string,
    { replyTo }: { replyTo?: EntryRef } = {},
  ): Promise<EntryRef> {
    return this.#history.say(channel, text, replyTo);
  }

  edit(channel: ChannelName, ref: EntryRef, text: string): Promise<void> {
    return this.#history.edit(channel, ref, text);
  }

  remove(channel: ChannelName, ref: EntryRef): Promise<void> {
    return this.#history.remove(channel, ref);
  }

  react(
    channel: ChannelName,
    ref: EntryRef,
    reaction: { emoji: string; on: boolean },
  ): Promise<void> {
    return this.#history.react(channel, ref, reaction);
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
    this.#history.storage.write((store) => store.addChannel(channel));
  }

  leave(channel: ChannelName): void {
    if (channel === DEFAULT_CHANNEL || !this.#channels.joined.delete(channel)) {
      return;
    }
    this.#history.leave(channel);
    this.files.leave(channel);
    this.#connections.leave(channel);
    this.#tracker.request({ type: "leave-channel", channel });
    this.#history.storage.write((store) => store.removeChannel(channel));
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
    const entered = this.#history.join(channel);
    this.#announcer.tell({ type: "channels-changed" });
    await entered;
    this.#tellSoon();
  }

  #openIdentity(kind: IdentityKind): IdentitySource {
    return this.#options.openIdentity(kind, {
      identified: async (identity) => {
        // One that is kept may come after the store has failed.
        if (this.#stopped || kind !== this.#identityKind) return;
        this.#history.setServerTime(this.#identity.now());
        await this.#history.identified(identity);
        this.self = { ...this.self, device: identity.signer.key };
        this.#isIdentified = true;
        this.#show(identity);
        // Where the tracker is away, that is what is told.
        if (this.#trackerWorks) this.#entryFault = undefined;
        this.#tellSoon();
        this.#meetOthers();
      },
      failed: (fault) => {
        this.#entryFault = fault === "refused" ? "no-server" : fault;
        this.#tellSoon();
      },
      revoked: () => this.#connections.review(),
    });
  }

  /** New links show this one; those that wait for the first do as well. */
  #show(identity: Identity): void {
    this.#shown.resolve(identity);
    this.#shown = Promise.withResolvers<Identity>();
    this.#shown.resolve(identity);
  }

  /** The store can't keep our log: go on under a key that nobody else has. */
  #storageFailed(): void {
    this.#announcer.tell({ type: "storage-failed" });
    if (this.#stopped) return;
    this.#identity.stop();
    this.#identityKind = "passing";
    this.#identity = this.#openIdentity("passing");
    this.#identity.start();
    this.#identity.toldOfRevocation(this.#revocation);
  }

  /** Whoever meets us asks who we are: not before we can tell. */
  #meetOthers(): void {
    const isReady = this.#entered && this.#isIdentified && !this.#stopped;
    if (!isReady || this.#isMeeting) return;
    this.#isMeeting = true;
    this.#tracker.start();
  }

  #trackerChanged(state: TrackerState, fault: TrackerFault | undefined): void {
    this.#trackerState = state;
    this.#entryFault = fault;
    if (!this.#trackerWorks) this.#connections.trackerLost();
    if (state === "refused") this.#connections.leaveAll();
    this.#announcer.tell({ type: "tracker-changed" });
    this.#tellSoon();
  }

  #hear(news: TrackerNews): void {
    if (news.type === "welcome") this.#channels.replace(news.channels);
    if ("revocation" in news && news.revocation) {
      this.#revocation = news.revocation;
      this.#identity.toldOfRevocation(news.revocation);
    }
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
        this.#heartbeats++;
        if (this.#heartbeats % HEARTBEATS_PER_LIST === 0) {
          this.#tracker.request({ type: "list-channels" });
        }
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
    { self, keys, openLink, clock, random, newId }: PeerOptions,
  ): Connections {
    return new Connections({
      self,
      openLink,
      clock,
      random,
      newId,
      channels: () => this.#history.channels,
      openDoor: (options) =>
        new LinkDoor({
          ...options,
          verifier: keys,
          judge: () => this.#identity,
          identity: () => this.#shown.promise,
        }),
      signal: (to, signal) =>
        this.#tracker.request({ type: "send-signal", to, signal }),
      listPeers: (channel) =>
        this.#tracker.request({ type: "list-peers", channel }),
      events: {
        linkUp: (info, channels) => {
          this.#history.linkUp(info, channels);
          this.files.linkUp(info, channels);
        },
        message: (from, message) => this.#linkMessage(from, message),
        met: ({ user, userSince, key: device }) =>
          this.#announcer.tell({
            type: "device-met",
            ...{ user, userSince, device },
          }),
        refused: ({ user }, refusal, answered) => {
          // The server's doing: nothing that anybody here is to be warned of.
          if (refusal === "revoked") return;
          this.#announcer.tell({
            type: "link-refused",
            ...{ user, refusal },
            ...(answered !== undefined && { answered }),
          });
        },
        linkDown: (peer, problem) => {
          this.#history.linkDown(peer);
          this.files.linkDown(peer);
          if (problem === "broken") this.#tracker.doubt();
        },
        bytes: (from, frame) => this.files.bytes(from, frame),
        drained: (peer) => this.files.drained(peer),
        changed: () => this.#tellSoon(),
      },
    });
  }

  #newHistory(
    { self, keys, store, clock, retentionOf }: PeerOptions,
  ): History {
    return new History({
      ...{ user: self.user, keys, store, clock, retentionOf },
      isGenuine: (certificate) => this.#identity.isGenuine(certificate),
      isAlone: (channel) =>
        this.#trackerWorks && this.#connections.sizeOf(channel) === 1,
      events: {
        send: (to, message) => this.#connections.send(to, message),
        strike: (peer, reason) => this.#connections.strike(peer, reason),
        messagesChanged: (channel, change) =>
          this.#announcer.tell({
            type: "messages-changed",
            channel,
            ...change,
          }),
        entriesKept: (channel, entries) =>
          this.files.entriesKept(channel, entries),
        entriesDropped: (channel, entries) =>
          this.files.entriesDropped(channel, entries),
        deliveryChanged: (channel) => this.#announcer.deliveryChanged(channel),
        storageFailed: () => this.#storageFailed(),
        forkFound: (channel, { user, author, own }) =>
          this.#announcer.tell({
            type: "fork-found",
            ...{ channel, user, author, own },
          }),
      },
    });
  }

  #newFiles({ self, random, openFiles }: PeerOptions): LateFiles {
    const events: FileEngineEvents = {
      ...{ self: self.peer, random },
      send: (to, message) => this.#connections.send(to, message),
      sendBytes: (to, frame) => this.#connections.sendBytes(to, frame),
      strike: (peer, reason) => this.#connections.strike(peer, reason),
      meet: (peer, channel) => this.#connections.meet(peer, channel),
      isFullMesh: (channel) => this.#connections.isFullMesh(channel),
      share: (channel, file, replyTo) =>
        this.#history.share(channel, file, replyTo),
      changed: (hash) => this.#announcer.tell({ type: "file-changed", hash }),
    };
    return new LateFiles({
      open: () => openFiles(events),
      channels: () => this.#history.channels,
      entries: (channel) => this.#history.entries(channel),
    });
  }

  #linkMessage(from: PeerId, message: AdmittedMessage): void {
    switch (message.type) {
      case "seek-files":
      case "unseek-files":
      case "files-held":
      case "files-found":
      case "want-pieces":
      case "unwant-pieces":
        return this.files.receive(from, message);
      case "channel-joined":
        this.files.joined(from, message.channel);
        break;
      case "channel-left":
        this.files.left(from, message.channel);
        break;
    }
    this.#history.receive(from, message);
    // The others come often, and change nothing about who is here.
    const { type } = message;
    if (type === "channel-joined" || type === "channel-left") this.#tellSoon();
  }

  #tellSoon(): void {
    this.#presence.changed();
    this.#announcer.tellSoon();
  }

  /** What many small events have come to. */
  #changes(): Change[] {
    for (const channel of this.#channels.joined) {
      this.#history.setShape(channel, {
        size: this.#connections.sizeOf(channel),
        isFullMesh: this.#connections.isFullMesh(channel),
      });
    }
    const people = [...this.#channels.joined].map((channel): Change => ({
      type: "people-changed",
      channel,
    }));
    return [...this.#troubleChange(), ...people, { type: "channels-changed" }];
  }

  #troubleChange(): Change[] {
    const trouble = findTrouble({
      hasWebRtc: this.#connections.hasWebRtc,
      entryFault: this.#entryFault,
      contacts: this.#connections.contacts(),
    });
    if (trouble === this.#trouble) return [];
    this.#trouble = trouble;
    return [{ type: "trouble-changed" }];
  }
}
