/**
 * Puts the chat page into an element: builds its state from a Chat, draws it,
 * and tells the state what only a document can see.
 * @module
 */
import { effect } from "@preact/signals";
import { render } from "preact";
import type { Clock } from "../clock.ts";
import type { Chat, Trouble } from "../mesh/chat.ts";
import { ChatPage } from "./ChatPage.tsx";
import { plainHttpHidden } from "./dismissal.ts";
import { troubleNotice } from "./errors.ts";
import { NoticeBar } from "./NoticeBar.tsx";
import { Outbox, type TabStorage } from "./outbox.ts";
import { ChatState } from "./state.ts";
import type { Trust } from "./trust.ts";
import type { ChatWords } from "./words.ts";

export interface MountOptions {
  words: ChatWords;
  clock: Clock;
  trust: Trust;
}

/** Draws the chat and starts it; the returned function takes it down again. */
export function mountChat(
  root: HTMLElement,
  chat: Chat,
  { words, clock, trust }: MountOptions,
): () => void {
  const outbox = new Outbox(chat.self.user, tabStorage());
  const state = new ChatState(chat, clock, { trust, outbox });
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
    stopTitle();
    document.removeEventListener("visibilitychange", noticeFront);
    state.stop();
    render(null, root);
  };
}

/** A page without a chat: what is in the way, and a button to try again. */
export function mountNotice(
  root: HTMLElement,
  trouble: Trouble,
  words: ChatWords,
): void {
  const notice = troubleNotice(trouble, words);
  if (notice === undefined) return;
  const { sentence, next } = notice;
  root.replaceChildren();
  render(
    <div class="opening" role="alert">
      <NoticeBar kind="warning" icon="warning" sentence={sentence} next={next}>
        <a class="button" href="/chat.html">{words.tryAgain}</a>
      </NoticeBar>
    </div>,
    root,
  );
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
