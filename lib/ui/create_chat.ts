/**
 * Builds the peer of this page out of what the browser offers: WebRTC,
 * WebSocket, fetch and IndexedDB. With device_identity.ts the only file of the
 * pages that touches them.
 * @module
 */
import { systemClock } from "../clock.ts";
import type { Chat } from "../mesh/chat.ts";
import type { OpenRevocations } from "../mesh/identity_client.ts";
import type { Keys } from "../mesh/keys.ts";
import { Peer } from "../mesh/peer.ts";
import { rtcLinks } from "../mesh/rtc_link.ts";
import type { FileHash, FileInfo, Files } from "../mesh/shared_file.ts";
import { randomId, systemRandom } from "../random.ts";
import { openIdentity, openPageKeys } from "./device_identity.ts";
import { IdbStore } from "./idb_store.ts";
import type { OpenedFiles } from "./lazy_files.ts";
import { scriptAt } from "./later.ts";

/** No server of anyone else: peers of one network find each other as they are. */
const CONNECTION: RTCConfiguration = { iceServers: [] };

export interface ChatOptions {
  user: string;
  /** Where static/js/script_keys.js is, for pages without WebCrypto. */
  scriptKeysUrl: string;
  /** Where static/js/files.js is, which is loaded after the page is shown. */
  filesUrl: string;
  openRevocations: OpenRevocations;
}

export interface PageChat {
  chat: Chat;
  keys: Keys;
  /** A file that is held, out of this browser's memory where it has it there. */
  blobOf(file: FileInfo): Promise<Blob>;
}

/** A peer for `user`; it starts when `start()` is called. */
export async function createChat(
  { user, scriptKeysUrl, filesUrl, openRevocations }: ChatOptions,
): Promise<PageChat> {
  const hasWebRtc = typeof RTCPeerConnection === "function";
  const links = rtcLinks({
    newConnection: () => new RTCPeerConnection(CONNECTION),
    clock: systemClock,
  });
  const keys = await openPageKeys(scriptKeysUrl);
  const loadFiles = scriptAt<typeof import("./lazy_files.ts")>(filesUrl);
  let opened: OpenedFiles | undefined;
  const chat = new Peer({
    self: { peer: randomId(), user },
    keys,
    store: new IdbStore(user),
    openFiles: async (events) => {
      const { openFiles } = await loadFiles();
      opened = await openFiles({ ...events, user, keys });
      return opened.engine;
    },
    openIdentity: (kind, events) =>
      openIdentity({ user, keys, kind, events, openRevocations }),
    openLink: hasWebRtc ? links : undefined,
    openSocket: () => new WebSocket(socketUrl(location)),
    fetch: (path, init) => fetch(path, init),
    clock: systemClock,
    random: systemRandom,
    newId: () => randomId(),
  });
  followThePage(chat);
  const read = ({ hash, size }: FileInfo) => readWhole(chat.files, hash, size);
  return {
    chat,
    keys,
    blobOf: (file) => opened?.blobOf?.(file.hash) ?? read(file),
  };
}

async function readWhole(
  files: Files,
  hash: FileHash,
  size: number,
): Promise<Blob> {
  return new Blob([await files.read(hash, 0, size)]);
}

function socketUrl({ protocol, host }: Location): string {
  return `${protocol === "https:" ? "wss" : "ws"}://${host}/tracker/socket`;
}

/** The network comes back, the laptop wakes, the tab closes. */
function followThePage(chat: Chat): void {
  addEventListener("online", () => chat.retryNow());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") chat.retryNow();
  });
  addEventListener("pagehide", () => chat.stop());
  // A page taken out of the back/forward cache has said goodbye: start afresh.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
