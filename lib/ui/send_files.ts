/**
 * From what a person chose, dropped or pasted to what the chat sends.
 * @module
 */
import type { FileSource } from "../mesh/shared_file.ts";
import type { ChatState } from "./state.ts";

/** Sends them to the open channel, as an answer where one is being written. */
export function sendFiles(files: readonly File[], state: ChatState): void {
  const shared = state.parts.part.peek()?.files;
  if (shared === undefined || files.length === 0) return;
  const channel = state.channel.peek();
  const replyTo = state.draft.replyTo.peek();
  // The answer is that; what is written besides stays.
  if (replyTo !== undefined) state.draft.cancel();
  state.follow(true);
  shared.send(files.map(sourceOf), { channel, replyTo });
}

/** The files of a drop; folders are named and left out. */
export function sendDropped(data: DataTransfer, state: ChatState): void {
  const folders = new Set(
    [...data.items].map((item) => item.webkitGetAsEntry?.())
      .flatMap((entry) => entry?.isDirectory ? [entry.name] : []),
  );
  const channel = state.channel.peek();
  for (const name of folders) {
    state.parts.part.peek()?.files.refuse(name, { channel });
  }
  sendFiles([...data.files].filter(({ name }) => !folders.has(name)), state);
}

function sourceOf(file: File): FileSource {
  const { name, size, type } = file;
  return {
    ...{ name, size, type },
    read: async (from, to) =>
      new Uint8Array(await file.slice(from, to).arrayBuffer()),
  };
}
