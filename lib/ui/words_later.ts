/**
 * The texts of what the chat page loads after it is drawn, in both languages:
 * what is done to messages, what is wrong, and why.
 * @module
 */
import type {
  LinkRefusal,
  PersonProblem,
  PersonState,
  Trouble,
} from "../mesh/chat.ts";
import type { ChannelNameFault, RequestFault } from "./errors.ts";
import { lateEn } from "./words_en_later.ts";
import { lateVi } from "./words_vi_later.ts";
import type { Advice, Language } from "./site_words.ts";
import type { ChatWords } from "./words.ts";

export interface LateWords {
  channelName: string;
  create: string;
  actions: string;
  reactWith(emoji: string): string;
  moreEmoji: string;
  reply: string;
  edit: string;
  remove: string;
  removeQuestion: string;
  keep: string;
  replyingTo(user: string): string;
  editing: string;
  nobodyHere: string;
  nobodyInChannel: string;
  /** Where people in the channel `from` find `channel`. */
  foundAs(from: string, channel: string): string;
  invite: string;
  inviteLocal: string;
  trying: string;
  logInAgain: string;
  reload: string;
  trouble: Record<Exclude<Trouble, "none" | "no-server">, Advice>;
  stateMeans: Record<PersonState, string>;
  problem: Record<Exclude<PersonProblem, LinkRefusal>, string>;
  /** Whoever answered for that user did not show to be theirs. */
  refused: Record<LinkRefusal, (user: string) => string>;
  /** What to do where an answer was refused. */
  refusedNext: string;
  startFailed: Advice;
  storageOff: Advice;
  /** Two signed entries for one place; of this device, or of that user's. */
  ownFork: Advice;
  forkBy: { sentence(user: string): string; next: string };
  nameFault: Record<ChannelNameFault, string>;
  requestFault: Record<RequestFault, Advice>;
}

/** All texts of the chat page. */
export type PageWords = ChatWords & LateWords;

export const lateWords: Record<Language, LateWords> = {
  en: lateEn,
  vi: lateVi,
};

/** With those that the page was drawn with. */
export function pageWords(words: ChatWords): PageWords {
  return { ...words, ...lateWords[words.locale] };
}
