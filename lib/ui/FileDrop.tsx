/**
 * Files dropped on the conversation or pasted anywhere are sent. While some are
 * held over the page it says where they will go.
 * @module
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon } from "./Icon.tsx";
import { sendDropped, sendFiles } from "./send_files.ts";
import type { ChatState } from "./state.ts";
import type { PageWords } from "./words_later.ts";

export interface FileDropProps {
  state: ChatState;
  words: PageWords;
}

export function FileDrop({ state, words }: FileDropProps) {
  const over = useSignal(false);
  useEffect(() =>
    onFiles(state, (isOver) => {
      over.value = isOver;
    }), []);
  if (!over.value) return null;
  return (
    <div class="drop">
      <p class="drop-text">
        <Icon name="attach" />
        {words.dropHere(state.channel.value)}
      </p>
    </div>
  );
}

/** The returned function stops it. */
function onFiles(
  state: ChatState,
  hold: (isOver: boolean) => void,
): () => void {
  const end = new AbortController();
  const { signal } = end;
  const carriesFiles = ({ dataTransfer }: DragEvent) =>
    dataTransfer?.types.includes("Files") === true;
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    // Without it the browser would open the file in place of the page.
    event.preventDefault();
    hold(true);
  }, { signal });
  document.addEventListener("dragleave", (event) => {
    // Out of the window, not from one element to the next.
    if (event.relatedTarget === null) hold(false);
  }, { signal });
  document.addEventListener("drop", (event) => {
    hold(false);
    if (!carriesFiles(event) || event.dataTransfer === null) return;
    event.preventDefault();
    sendDropped(event.dataTransfer, state);
  }, { signal });
  document.addEventListener("paste", ({ clipboardData }) => {
    // Text that comes with a picture of itself is pasted as text.
    const files = [...clipboardData?.files ?? []];
    if (clipboardData?.types.includes("text/plain")) return;
    sendFiles(files, state);
  }, { signal });
  return () => end.abort();
}
