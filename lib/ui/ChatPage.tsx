/**
 * The whole chat page: channels, conversation, people. On a narrow screen the
 * outer columns are drawers, one open at a time.
 * @module
 */
import { batch, type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Composer } from "./Composer.tsx";
import { ConversationHead, type DrawerName } from "./ConversationHead.tsx";
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

type Drawer = "none" | DrawerName;

/** Where the outer columns are drawers; the same width as in chat.css. */
const NARROW = "(max-width: 47.49rem)";

export function ChatPage(props: ChatPageProps) {
  const { state, words, origin, plainHttpHidden } = props;
  const drawer = useSignal<Drawer>("none");
  const page = useRef<HTMLDivElement>(null);
  const opener = useRef<Element | null>(null);
  const moved = useSignal(false);
  const show = (name: Drawer) =>
    batch(() => {
      moved.value = true;
      drawer.value = name;
    });
  const close = () => show("none");
  const part = state.parts.part.value;
  useEffect(() =>
    onWidthChange(() =>
      batch(() => {
        moved.value = false;
        drawer.value = "none";
      })
    ), []);
  useEffect(() => {
    moveFocus(drawer.value, page.current, opener);
    return drawer.value === "none" ? undefined : onEscape(close);
  }, [drawer.value]);
  return (
    <div
      class={`chat drawer-${drawer.value}${moved.value ? " drawers-move" : ""}`}
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
          onDrawer={show}
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
      {part && <part.FileDrop state={state} words={part.words} />}
      {part && <part.FileViewer files={part.files} words={part.words} />}
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

/**
 * When columns become drawers or drawers columns. They are at their new places
 * at once: only a person's hand makes them slide.
 */
function onWidthChange(run: () => void): () => void {
  const narrow = globalThis.matchMedia(NARROW);
  narrow.addEventListener("change", run);
  return () => narrow.removeEventListener("change", run);
}

/** Wherever the focus is; the returned function stops it. */
function onEscape(run: () => void): () => void {
  const listener = (event: KeyboardEvent) => {
    if (event.key === "Escape") run();
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}
