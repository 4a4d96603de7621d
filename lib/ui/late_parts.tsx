/**
 * What the chat page loads once it is drawn, for nobody needs it to read and to
 * write a first message: what is done to messages, notices, a new channel, an
 * invitation.
 *
 * It imports the page that imports it, so that all of the page is needed here
 * as well: the bundler puts together what the same scripts need, and would cut
 * the page's chunk in two where that differs.
 * @module
 */
import "./open_chat.ts";
import type { Clock } from "../clock.ts";
import type { Chat } from "../mesh/chat.ts";
import type { FileInfo } from "../mesh/shared_file.ts";
import { ActionBar } from "./ActionBar.tsx";
import { AttachedFiles } from "./AttachedFiles.tsx";
import { ComposerNote } from "./ComposerNote.tsx";
import { ComposerTask } from "./ComposerTask.tsx";
import { FileCard } from "./FileCard.tsx";
import { FileDrop } from "./FileDrop.tsx";
import { FileViewer } from "./FileViewer.tsx";
import { Invite } from "./Invite.tsx";
import { JumpButton } from "./JumpButton.tsx";
import { linkify } from "./linkify.ts";
import { pageWords } from "./words_later.ts";
import { LogEmpty } from "./LogEmpty.tsx";
import { findPlace, logListeners } from "./log_keys.ts";
import { NameForm } from "./NameForm.tsx";
import { NoticeList } from "./NoticeList.tsx";
import { saveBlob } from "./save_blob.ts";
import { sendFiles } from "./send_files.ts";
import { SharedFiles } from "./shared_files.ts";
import type { ChatWords } from "./words.ts";

/** By this the page sees that it and this script have one and the same. */
export { options } from "preact";

export interface PartsOptions {
  chat: Pick<Chat, "files" | "listen">;
  words: ChatWords;
  clock: Clock;
  blobOf(file: FileInfo): Promise<Blob>;
}

export function openParts({ words, clock, ...parts }: PartsOptions) {
  const save = (blob: Blob, name: string) => saveBlob(blob, { name, clock });
  return {
    words: pageWords(words),
    files: new SharedFiles({ ...parts, save }),
    AttachedFiles,
    FileCard,
    FileDrop,
    FileViewer,
    ActionBar,
    ComposerNote,
    ComposerTask,
    Invite,
    JumpButton,
    LogEmpty,
    NameForm,
    NoticeList,
    findPlace,
    linkify,
    logListeners,
    sendFiles,
  };
}

export type LateParts = ReturnType<typeof openParts>;
