/**
 * Puts the chat page into an element: builds its state from a Chat, draws it,
 * and tells the state what only a document can see.
 * @module
 */
import { effect } from "@preact/signals";
import { render } from "preact";
import type { Clock } from "../clock.ts";
import type { Chat } from "../mesh/chat.ts";
import { ChatPage } from "./ChatPage.tsx";
import { plainHttpHidden } from "./dismissal.ts";
import type { LateParts } from "./late_parts.tsx";
import type { Later } from "./later.ts";
import { NoticeBar } from "./NoticeBar.tsx";
import { Outbox, type TabStorage } from "./outbox.ts";
import { ChatState } from "./state.ts";
import type { Trust } from "./trust.ts";
import type { ChatWords } from "./words.ts";

/** What is loaded later is asked for by then, idle or not. */
const IDLE_MAX_MS = 300;

export interface MountOptions {
  words: ChatWords;
  clock: Clock;
  trust: Trust;
  parts: Later<LateParts>;
}

/** Draws the chat and starts it; the returned function takes it down again. */
export function mountChat(
  root: HTMLElement,
  chat: Chat,
  { words, clock, trust, parts }: MountOptions,
): () => void {
  const outbox = new Outbox(chat.self.user, tabStorage());
  const state = new ChatState(chat, clock, { trust, outbox, parts });
  root.replaceChildren();
  render(
    <ChatPage
      state={state}
      words={words}
      origin={location.origin}
      plainHttpHidden={plainHttpHidden()}
    />,
    root,
  );
  const stopWaiting = whenIdle(clock, () => {
    void parts.load();
    void trust.open();
  });
  const noticeFront = () =>
    state.setInFront(document.visibilityState === "visible");
  document.addEventListener("visibilitychange", noticeFront);
  noticeFront();
  const stopTitle = effect(() => {
    document.title = pageTitle(state.channel.value, state.unread.total.value);
  });
  // A start that fails is shown by the page; left unhandled here, its cause is
  // also named on the browser's console.
  void state.start();
  return () => {
    stopWaiting();
    stopTitle();
    document.removeEventListener("visibilitychange", noticeFront);
    state.stop();
    render(null, root);
  };
}

/** A page without a chat: the server is away; and a button to try again. */
export function mountNoServer(root: HTMLElement, words: ChatWords): void {
  root.replaceChildren();
  render(
    <div class="opening" role="alert">
      <NoticeBar kind="warning" icon="warning" {...words.noServer}>
        <a class="button" href="/chat.html">{words.tryAgain}</a>
      </NoticeBar>
    </div>,
    root,
  );
}

/** Once, when the page has drawn and has nothing more urgent to do. */
function whenIdle(clock: Clock, run: () => void): () => void {
  // Safari has no such callback.
  if (typeof requestIdleCallback !== "function") {
    return clock.after(IDLE_MAX_MS, run);
  }
  const id = requestIdleCallback(run, { timeout: IDLE_MAX_MS });
  return () => cancelIdleCallback(id);
}

/** Undefined where the browser blocks it. */
function tabStorage(): TabStorage | undefined {
  let storage: TabStorage | undefined;
  try {
    storage = sessionStorage;
  } catch {
    // What is on its way then has this page alone.
  }
  return storage;
}

/** `(3) #general · WeApRous` */
export function pageTitle(channel: string, unread: number): string {
  const count = unread > 0 ? `(${unread}) ` : "";
  return `${count}#${channel} · WeApRous`;
}
