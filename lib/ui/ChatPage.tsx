/**
 * The whole chat page: channels, conversation, people. On a narrow screen the
 * outer columns are drawers, one open at a time.
 * @module
 */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Composer } from "./Composer.tsx";
import { Icon } from "./Icon.tsx";
import { MessageLog } from "./MessageLog.tsx";
import { Notices } from "./Notices.tsx";
import { PeoplePanel } from "./PeoplePanel.tsx";
import { Sidebar } from "./Sidebar.tsx";
import type { ChatState } from "./state.ts";
import type { ChatWords } from "./words.ts";

export interface ChatPageProps {
  state: ChatState;
  words: ChatWords;
  /** The address that others open to come here. */
  origin: string;
  plainHttpHidden: Signal<boolean>;
}

type Drawer = "none" | "channels" | "people";

export function ChatPage(props: ChatPageProps) {
  const { state, words, origin, plainHttpHidden } = props;
  const drawer = useSignal<Drawer>("none");
  const page = useRef<HTMLDivElement>(null);
  const opener = useRef<Element | null>(null);
  const close = () => drawer.value = "none";
  useEffect(() => {
    moveFocus(drawer.value, page.current, opener);
    return drawer.value === "none" ? undefined : onEscape(close);
  }, [drawer.value]);
  return (
    <div
      class={`chat drawer-${drawer.value}`}
      ref={page}
    >
      <Sidebar
        state={state}
        words={words}
        onClose={close}
        onOpened={close}
      />
      <main class="conversation" inert={drawer.value !== "none"}>
        <ConversationHead
          state={state}
          words={words}
          onDrawer={(name) => drawer.value = name}
        />
        <Notices
          state={state}
          words={words}
          plainHttpHidden={plainHttpHidden}
        />
        <MessageLog
          key={state.channel.value}
          state={state}
          words={words}
          origin={origin}
        />
        <Composer state={state} words={words} />
      </main>
      <PeoplePanel
        state={state}
        words={words}
        origin={origin}
        onClose={close}
      />
      <div class="scrim" onClick={close} />
    </div>
  );
}

/** Into the drawer when it opens, back to its button when it closes. */
function moveFocus(
  drawer: Drawer,
  page: HTMLElement | null,
  opener: { current: Element | null },
): void {
  if (drawer === "none") {
    if (opener.current instanceof HTMLElement) opener.current.focus();
    opener.current = null;
    return;
  }
  opener.current = page?.querySelector(
    `[aria-controls="${drawer}-panel"]`,
  ) ?? null;
  page?.querySelector<HTMLElement>(`#${drawer}-panel .drawer-close`)?.focus();
}

/** Wherever the focus is; the returned function stops it. */
function onEscape(run: () => void): () => void {
  const listener = (event: KeyboardEvent) => {
    if (event.key === "Escape") run();
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}

interface ConversationHeadProps {
  state: ChatState;
  words: ChatWords;
  onDrawer: (drawer: Drawer) => void;
}

function ConversationHead({ state, words, onDrawer }: ConversationHeadProps) {
  const channel = state.channel.value;
  const count = state.people.value.length + 1;
  const elsewhere = state.unread.total.value - state.unread.countOf(channel);
  return (
    <header class="conversation-head">
      <button
        type="button"
        class={`icon-button drawer-open${elsewhere > 0 ? " has-unread" : ""}`}
        aria-label={words.showChannels}
        aria-controls="channels-panel"
        onClick={() => onDrawer("channels")}
      >
        <Icon name="menu" />
      </button>
      <h1 class="conversation-title">#{channel}</h1>
      <span class="quiet conversation-count">{words.peopleHere(count)}</span>
      {channel !== "general" && (
        <button
          type="button"
          class="icon-button leave"
          aria-label={words.leaveChannel(channel)}
          title={words.leaveChannel(channel)}
          onClick={() => state.leaveChannel(channel)}
        >
          <Icon name="leave" />
        </button>
      )}
      <button
        type="button"
        class="icon-button drawer-open"
        aria-label={words.showPeople}
        aria-controls="people-panel"
        onClick={() => onDrawer("people")}
      >
        <Icon name="people" />
        <span aria-hidden="true">{count}</span>
      </button>
    </header>
  );
}
