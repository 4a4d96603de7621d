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
import type { FileProblem } from "../mesh/shared_file.ts";
import type { ChannelNameFault } from "./channel_name_fault.ts";
import type { RequestFault } from "./errors.ts";
import { lateEn } from "./words_en_later.ts";
import { lateVi } from "./words_vi_later.ts";
import type { UploadFault } from "./shared_files.ts";
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
  noMessages(channel: string): string;
  noMessagesHint: string;
  nobodyHere: string;
  nobodyInChannel: string;
  /** Where people in the channel `from` find `channel`. */
  foundAs(from: string, channel: string): string;
  invite: string;
  inviteLocal: string;
  plainHttp: Advice;
  /** How to go about in the log with the keyboard. */
  logHint: string;
  /** Neither signed nor stored yet. */
  notSentYet: string;
  /** Nobody is there to take a message. */
  waiting: string;
  /** People are there, and none is known to have it. */
  onItsWay: string;
  heldBySome(held: number, of: number): string;
  heldByAll: string;
  newMessages(count: number): string;
  jumpToLatest: string;
  enterHint: string;
  /** Both in characters, and both an estimate. */
  roomLeft(characters: number): string;
  tooLong(characters: number): string;
  sendFailed: string;
  trying: string;
  logInAgain: string;
  reload: string;
  trouble: Record<Exclude<Trouble, "none" | "no-server">, Advice>;
  compareWith(user: string, isCompared: boolean): string;
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
  download: string;
  downloadFile(name: string, size: string): string;
  saveFile: string;
  saveFileAs(name: string): string;
  openLarge(name: string): string;
  /** Of one that comes, or is being sent. */
  cancelFile(name: string): string;
  /** Others have a file. */
  heldBy(count: number): string;
  fileWaits: string;
  fileComes(done: string, size: string): string;
  perSecond(size: string): string;
  fileProblem: Record<FileProblem, string>;
  saveFailed: string;
  pictureFailed: string;
  dropHere(channel: string): string;
  attached: string;
  uploadWaits: string;
  uploadFault: Record<UploadFault, (limit: string) => string>;
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
