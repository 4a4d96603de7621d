/**
 * A page of ours in the hands of somebody hostile: every script of ours runs in
 * it, certified and linked, and a test says on its links whatever it likes,
 * signed with the page's own key.
 * @module
 */
import {
  encodeEntry,
  type EntryBody,
  type EntryHead,
} from "../../lib/wire/entry.ts";
import type { SignedEntry } from "../../lib/wire/entry.ts";
import type { Certificate } from "../../lib/wire/identity.ts";
import type { ChatWindow } from "./chat_window.ts";

interface TappedLink {
  channel: RTCDataChannel;
  heard: string[];
  wasOpen: boolean;
}

/** In the page, before any script of ours: its links can be got at. */
export function tapsLinks(): void {
  const { prototype } = RTCPeerConnection;
  const { createDataChannel } = prototype;
  const links: TappedLink[] = [];
  prototype.createDataChannel = function (label, ...rest) {
    const channel = createDataChannel.call(this, label, ...rest);
    if (label !== "control") return channel;
    const link: TappedLink = { channel, heard: [], wasOpen: false };
    links.push(link);
    channel.addEventListener("open", () => link.wasOpen = true);
    channel.addEventListener("message", ({ data }) => link.heard.push(data));
    return channel;
  };
  Object.assign(globalThis, { tappedLinks: links });
}

declare global {
  var tappedLinks: TappedLink[];
}

export interface OwnDevice {
  key: string;
  certificate: Certificate;
}

export class ForgingPage {
  readonly chat: ChatWindow;

  /** `chat` was opened with `tapsLinks`. */
  constructor(chat: ChatWindow) {
    this.chat = chat;
  }

  /** Says it on every link that is open. */
  async say(text: string): Promise<void> {
    await this.#page.evaluate((text) => {
      for (const { channel } of globalThis.tappedLinks) {
        if (channel.readyState === "open") channel.send(text);
      }
    }, text);
  }

  /** What was heard on all links, as it came. */
  async heard(): Promise<string[]> {
    return await this.#page.evaluate(
      () => globalThis.tappedLinks.flatMap(({ heard }) => heard),
    );
  }

  async linksOpen(): Promise<number> {
    return await this.#page.evaluate(
      () =>
        globalThis.tappedLinks
          .filter(({ channel }) => channel.readyState === "open").length,
    );
  }

  /** Waits until `count` links have opened and ended since the page was loaded. */
  async losesLinks(count: number): Promise<void> {
    await this.#page.waitForFunction(
      (count) =>
        globalThis.tappedLinks.filter(({ channel, wasOpen }) =>
          wasOpen && channel.readyState === "closed"
        ).length >= count,
      { polling: 50 },
      count,
    );
  }

  /** The page's own key and certificate, out of its IndexedDB. */
  async device(user: string): Promise<OwnDevice> {
    return await this.#page.evaluate(async (name) => {
      const opened = indexedDB.open(name);
      await new Promise((done) => opened.onsuccess = done);
      const rows = opened.result.transaction("devices").objectStore("devices")
        .getAll();
      await new Promise((done) => rows.onsuccess = done);
      opened.result.close();
      const [{ key, certificate }] = rows.result;
      Object.assign(globalThis, { ownKey: key.privateKey });
      return { key: key.key, certificate };
    }, `weaprous-identity:${user}`);
  }

  /** Signs as itself, after `device()`, whatever the head says. */
  async sign(head: EntryHead, body: EntryBody): Promise<SignedEntry> {
    const signed = encodeEntry(head, body);
    const signature = await this.#page.evaluate(async (signed) => {
      const { ownKey } = globalThis as unknown as { ownKey: CryptoKey };
      const bytes = new TextEncoder().encode(`weaprous-entry-1\n${signed}`);
      const raw = await crypto.subtle.sign("Ed25519", ownKey, bytes);
      return btoa(String.fromCharCode(...new Uint8Array(raw)))
        .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    }, signed);
    return { signed, signature };
  }

  get #page() {
    return this.chat.window.page;
  }
}
