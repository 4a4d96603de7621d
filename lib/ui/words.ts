/**
 * The texts with which the chat is drawn, by language, typed to the same keys.
 * Says nothing about when a text is shown. Those that the page needs later are
 * in words_later.ts, those of the other pages in site_words.ts.
 * @module
 */
import type { PersonState, TrackerState } from "../mesh/chat.ts";
import type { Advice, Language } from "./site_words.ts";
import { chatEn } from "./words_en.ts";
import { chatVi } from "./words_vi.ts";

/** Texts of the chat page as it is drawn first. */
export interface ChatWords {
  /** For Intl: dates, times and numbers. */
  locale: Language;
  channels: string;
  people: string;
  showChannels: string;
  showPeople: string;
  close: string;
  createChannel: string;
  cancel: string;
  /** Beside a channel that one is not in. */
  join: string;
  leaveChannel(channel: string): string;
  unread(count: string): string;
  peopleHere(count: number): string;
  peopleMore(count: number): string;
  you: string;
  state: Record<PersonState, string>;
  compare: string;
  tracker: Record<TrackerState, string>;
  account: string;
  logOut: string;
  messagesIn(channel: string): string;
  loading: string;
  showEarlier(count: string): string;
  newFromHere: string;
  today: string;
  yesterday: string;
  passedOnBy(user: string): string;
  /** In place of a text that its author deleted. */
  takenBack: string;
  edited: string;
  /** What a screen reader says of a message that has the focus. */
  messageBy(user: string, time: string, text: string): string;
  /** An emoji at a message, and who put it there. */
  reactedBy(emoji: string, users: string): string;
  others(count: number): string;
  save: string;
  /** A message that another answers. */
  original(user: string, text: string): string;
  originalGone: string;
  attach: string;
  /** A file's message where only its name fits. */
  file(name: string): string;
  message: string;
  messageTo(channel: string): string;
  send: string;
  tryAgain: string;
  dismiss: string;
  noServer: Advice;
}

export const chatWords: Record<Language, ChatWords> = {
  en: chatEn,
  vi: chatVi,
};
