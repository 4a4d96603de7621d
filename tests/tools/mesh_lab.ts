/**
 * Whole peers around a real tracker in one process: memory links, memory
 * stores, virtual time. Only sockets and WebRTC are stood in for.
 * @module
 */
import { type Clock, ManualClock } from "../../lib/clock.ts";
import type { Chat, Person } from "../../lib/mesh/chat.ts";
import { FileExchange } from "../../lib/mesh/file_exchange.ts";
import { type FileStore, MemoryFileStore } from "../../lib/mesh/file_store.ts";
import { MemoryNetwork } from "../../lib/mesh/memory_link.ts";
import {
  IDENTITY_RETRY_MIN_MS,
  type IdentityClientParts,
} from "../../lib/mesh/identity_client.ts";
import type { OpenLink } from "../../lib/mesh/link.ts";
import type { Signer } from "../../lib/mesh/keys.ts";
import type { IdentitySource } from "../../lib/mesh/identity_source.ts";
import { Peer } from "../../lib/mesh/peer.ts";
import { MemoryStore, type Store } from "../../lib/mesh/store.ts";
import type { Socket } from "../../lib/mesh/tracker_client.ts";
import { seededRandom } from "../../lib/random.ts";
import { Hub } from "../../lib/tracker/hub.ts";
import type { Closing, Line } from "../../lib/tracker/line.ts";
import {
  type ChannelInfo,
  decodeTrackerRequest,
} from "../../lib/wire/tracker_api.ts";
import type { Certificate } from "../../lib/wire/identity.ts";
import { certificateOf, cheapKeys, deviceKey } from "./cheap_keys.ts";
import { peerId } from "./ids.ts";

const LATENCY_MS = 5;

export class MeshLab {
  readonly clock = new ManualClock();
  readonly network = new MemoryNetwork(this.clock);
  /** What time it is for the peers, and what links they build. */
  readonly #time: Clock;
  readonly #openLink: OpenLink;
  readonly #random = seededRandom(7);
  readonly #lines = new Set<MemoryLine>();
  hub: Hub | undefined;
  /** What a hostile tracker makes of the requests that it gets. */
  tamper: (request: string) => string = (request) => request;
  /** Whether the backend answers. */
  isCertifying = true;
  /** Another certificate takes some questions, and a signature. */
  renewalMs = 300;
  /** Who is logged in no longer, in any window. */
  readonly loggedOut = new Set<string>();
  /** From when on certificates of a user count. */
  readonly #countFrom = new Map<string, number>();
  /** The number of the last revocation. */
  #revocation = 0;
  /** How often a user's cookie was changed; a page has the latest. */
  readonly #cookies = new Map<string, number>();
  /** Of each profile: a store and its device's key live and go together. */
  readonly #devices = new WeakMap<Store, Signer>();
  /** The files of a profile, beside its entries. */
  readonly #files = new WeakMap<Store, FileStore>();
  #ids = 0;

  /** In virtual time over memory links, or else as `real` says. */
  constructor(real?: { clock: Clock; openLink: OpenLink }) {
    this.#time = real?.clock ?? this.clock;
    this.#openLink = real?.openLink ?? this.network.open;
    this.hub = this.#newHub();
  }

  /** A page that `user` opened; `store` where it was open before. */
  async open(user: string, store: Store = new MemoryStore()): Promise<Peer> {
    const peer = this.page(user, store);
    await peer.start();
    await this.run(1_000);
    return peer;
  }

  /** A page of `user`, who is somebody else to a hostile tracker. */
  async openAs(
    user: string,
    { trackerSays }: { trackerSays: string },
  ): Promise<Peer> {
    const peer = this.page(user, new MemoryStore(), trackerSays);
    await peer.start();
    await this.run(1_000);
    return peer;
  }

  /** The same, not started yet. */
  page(
    user: string,
    store: Store = new MemoryStore(),
    trackerSays = user,
  ): Peer {
    return new Peer({
      self: { peer: peerId(`${user}${++this.#ids}`), user },
      store,
      openFiles: (events) =>
        new FileExchange({
          ...{ ...events, keys: cheapKeys, clock: this.#time },
          store: this.fileStore(store),
        }),
      keys: cheapKeys,
      openIdentity: (kind, events) =>
        this.#identity(user, kind === "kept" ? store : undefined, events),
      openLink: this.#openLink,
      openSocket: () => this.#socket(trackerSays),
      fetch: () => this.#fetch(trackerSays),
      clock: this.#time,
      random: this.#random,
      newId: () => peerId(`link${++this.#ids}`),
    });
  }

  /** Where the files of the profile with that store are kept. */
  fileStore(profile: Store): FileStore {
    const files = this.#files.get(profile) ?? new MemoryFileStore();
    this.#files.set(profile, files);
    return files;
  }

  #identity(
    user: string,
    profile: Store | undefined,
    events: NonNullable<IdentityClientParts["events"]>,
  ): IdentitySource {
    const clock = this.#time;
    const kept = profile && this.#devices.get(profile);
    const signer = kept ??
      cheapKeys.signer(deviceKey(`${user}_${++this.#ids}`));
    if (profile !== undefined) this.#devices.set(profile, signer);
    let certificate = certificateOf(user, signer.key);
    let known = 0;
    const isRevoked = ({ user, issuedAt }: Certificate) =>
      known > 0 && issuedAt < (this.#countFrom.get(user) ?? 0);
    const identify = () => events.identified?.({ certificate, signer });
    const renew = () => {
      certificate = { ...certificate, issuedAt: Math.ceil(clock.now()) };
      identify();
      events.revoked?.();
    };
    const start = (): void =>
      void clock.after(LATENCY_MS, () => {
        if (this.isCertifying) return identify();
        events.failed?.("no-server");
        clock.after(IDENTITY_RETRY_MIN_MS, start);
      });
    return {
      start,
      stop() {},
      isGenuine: (one) =>
        Promise.resolve(
          one.signature === certificateOf(one.user, one.key).signature,
        ),
      isCurrent: ({ expiresAt }) => Promise.resolve(clock.now() < expiresAt),
      isRevoked,
      toldOfRevocation: (number) => {
        if (number === known) return;
        known = number;
        const isOurs = isRevoked(certificate) && this.#cookies.has(user);
        if (isOurs) clock.after(this.renewalMs, renew);
        else clock.after(LATENCY_MS, () => events.revoked?.());
      },
      now: () => clock.now(),
    };
  }

  /** Moves the time on in small steps, so that promises settle in between. */
  async run(ms: number): Promise<void> {
    for (let elapsed = 0; elapsed < ms; elapsed += 50) {
      for (let part = 0; part < 10; part++) {
        this.clock.advance(5);
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      }
    }
  }

  /** The server takes the certificates of `user` back, and tells so. */
  revoke(user: string): void {
    this.#countFrom.set(user, this.#time.now());
    this.#revocation++;
  }

  /** In a browser that stays logged in, under another cookie. */
  changePassword(user: string): void {
    this.revoke(user);
    this.#cookies.set(user, this.#revocation);
  }

  /** Of the sessions of pages; guests of the tracker have others. */
  #hasEnded(session: string): boolean {
    const user = /^session \d+ of (.*)$/.exec(session)?.[1];
    return user !== undefined &&
      (this.loggedOut.has(user) || session !== this.#sessionOf(user));
  }

  #sessionOf(user: string): string {
    return `session ${this.#cookies.get(user) ?? 0} of ${user}`;
  }

  killTracker(): void {
    this.hub?.stop();
    this.hub = undefined;
    for (const line of [...this.#lines]) line.lose();
  }

  startTracker(): void {
    this.hub = this.#newHub();
  }

  /** What the tracker knows. */
  channels(): ChannelInfo[] {
    const caller = { session: "session of a visitor", user: "visitor" };
    const news = this.hub?.ask(caller, { type: "list-channels" });
    return news?.type === "channels-listed" ? news.channels : [];
  }

  stop(): void {
    this.hub?.stop();
  }

  #newHub(): Hub {
    const hub = new Hub({
      clock: this.#time,
      random: seededRandom(3),
      periods: { heartbeatMs: 30_000, syncMs: 10_000, pollMs: 2_000 },
      isLive: (session) => !this.#hasEnded(session),
      lastRevocation: () => this.#revocation,
      log: (line) => {
        throw new Error(line);
      },
    });
    hub.start();
    return hub;
  }

  /** Peers here have sockets; who has none asks whether it is logged in. */
  #fetch(user: string): Promise<Response> {
    return this.loggedOut.has(user)
      ? Promise.resolve(new Response("{}", { status: 401 }))
      : Promise.reject(new TypeError("Only sockets here"));
  }

  #socket(user: string): Socket {
    const socket = new MemorySocket();
    const { hub } = this;
    const clock = this.#time;
    if (hub === undefined || this.loggedOut.has(user)) {
      clock.after(
        LATENCY_MS,
        () => socket.closedBy({ code: 1006, reason: "" }),
      );
      return socket;
    }
    const caller = { user, session: this.#sessionOf(user) };
    const line = new MemoryLine(caller, { hub, clock, socket });
    this.#lines.add(line);
    clock.after(LATENCY_MS, () => line.open());
    socket.onsent = (text) =>
      clock.after(LATENCY_MS, () => line.receive(this.tamper(text)));
    socket.onclosing = () => {
      this.#lines.delete(line);
      clock.after(2 * LATENCY_MS, () => line.ended());
    };
    return socket;
  }
}

class MemorySocket implements Socket {
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onsent: (text: string) => void = () => {};
  onclosing: () => void = () => {};
  #closed = false;

  send(text: string): void {
    if (!this.#closed) this.onsent(text);
  }

  close(): void {
    if (!this.#closed) this.onclosing();
    this.#closed = true;
  }

  say(data: string): void {
    if (this.#closed) return;
    this.onmessage?.(new MessageEvent("message", { data }));
  }

  closedBy({ code, reason }: Closing): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onclose?.(new CloseEvent("close", { code, reason }));
  }
}

class MemoryLine implements Line {
  readonly session: string;
  readonly user: string;
  peer: string | undefined;
  readonly #lab: { hub: Hub; clock: Clock; socket: MemorySocket };
  #ended = false;

  constructor(
    { user, session }: { user: string; session: string },
    lab: { hub: Hub; clock: Clock; socket: MemorySocket },
  ) {
    this.session = session;
    this.user = user;
    this.#lab = lab;
  }

  open(): void {
    if (this.#ended) return;
    this.#lab.hub.lineOpened(this);
    this.#lab.socket.onopen?.(new Event("open"));
  }

  send(text: string): void {
    const { clock, socket } = this.#lab;
    if (!this.#ended) clock.after(LATENCY_MS, () => socket.say(text));
  }

  receive(text: string): void {
    if (this.#ended) return;
    this.#lab.hub.receive(this, decodeTrackerRequest(text));
  }

  close(closing: Closing): void {
    this.ended();
    this.#lab.socket.closedBy(closing);
  }

  /** The tracker's process is gone. */
  lose(): void {
    this.#ended = true;
    this.#lab.socket.closedBy({ code: 1006, reason: "" });
  }

  ended(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#lab.hub.lineEnded(this, { leaving: true });
    this.#lab.hub.lineClosed(this);
  }
}

/** What a page shows of a channel. */
export function texts(chat: Chat, channel = "general"): string[] {
  return chat.messages(channel).map(({ text }) => text);
}

/** `bob direct`, … for a channel. */
export function people(chat: Chat, channel = "general"): string[] {
  return chat.people(channel).map(({ user, state }: Person) =>
    `${user} ${state}`
  );
}
