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
import { ActionBar } from "./ActionBar.tsx";
import { ComposerTask } from "./ComposerTask.tsx";
import { Invite } from "./Invite.tsx";
import { pageWords } from "./words_later.ts";
import { findPlace, logListeners } from "./log_keys.ts";
import { NameForm } from "./NameForm.tsx";
import { NoticeList } from "./NoticeList.tsx";
import type { ChatWords } from "./words.ts";

/** By this the page sees that it and this script have one and the same. */
export { options } from "preact";

export function openParts(words: ChatWords) {
  return {
    words: pageWords(words),
    ActionBar,
    ComposerTask,
    Invite,
    NameForm,
    NoticeList,
    findPlace,
    logListeners,
  };
}

export type LateParts = ReturnType<typeof openParts>;
