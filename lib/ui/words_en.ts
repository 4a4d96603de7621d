/**
 * The texts of the chat in English.
 * @module
 */
import type { Advice } from "./site_words.ts";
import type { ChatWords } from "./words.ts";

/** In the chat, which loads nothing of site_words.ts, this device has a key. */
const PLAIN_HTTP_CHAT: Advice = {
  sentence: "The connection to this server is not encrypted.",
  next:
    "Someone on the same network could read your login. Whoever changes this page on its way could read along too, and take the key that speaks for you: browsers lock it away over https only. Otherwise, what people write to each other travels encrypted from browser to browser.",
};

function inCharacters(count: number): string {
  return count === 1
    ? "1 character"
    : `${count.toLocaleString("en")} characters`;
}

export const chatEn: ChatWords = {
  locale: "en",
  channels: "Channels",
  people: "People",
  showChannels: "Show channels",
  showPeople: "Show people",
  close: "Close",
  createChannel: "+ Create Channel",
  cancel: "Cancel",
  join: "Join",
  leaveChannel: (channel) => `Leave #${channel}`,
  unread: (count) => `${count} unread`,
  peopleHere: (count) => count === 1 ? "1 person" : `${count} people`,
  peopleMore: (count) => `and ${count} more, reached through these`,
  you: "(you)",
  state: {
    connecting: "connecting",
    direct: "direct",
    relayed: "relayed",
    away: "away",
  },
  compare: "Compare",
  compareWith: (user, isCompared) =>
    `Compare with ${user}${isCompared ? ", compared" : ""}`,
  tracker: {
    connecting: "Connecting…",
    online: "Online",
    polling: "Online, slower updates",
    away: "Server out of reach",
    refused: "Signed out",
  },
  account: "Your account",
  logOut: "Log out",
  messagesIn: (channel) => `Messages in #${channel}`,
  loading: "Loading messages…",
  showEarlier: (count) => `Show earlier messages (${count})`,
  newMessages: (count) =>
    count === 1 ? "1 new message" : `${count} new messages`,
  jumpToLatest: "Jump to the latest message",
  newFromHere: "New",
  today: "Today",
  yesterday: "Yesterday",
  passedOnBy: (user) => `passed on by ${user}`,
  takenBack: "Deleted by its author",
  edited: "edited",
  messageBy: (user, time, text) => `${user}, ${time}: ${text}`,
  logHint:
    "Arrow keys go from message to message. R replies, E edits, Delete deletes, Enter leads to all actions.",
  reactedBy: (emoji, users) => `${emoji} from ${users}`,
  others: (count) => count === 1 ? "1 other" : `${count} others`,
  save: "Save",
  original: (user, text) => `In reply to ${user}: ${text}`,
  originalGone: "The message this replies to is not kept here.",
  notSentYet: "not sent yet",
  waiting: "waiting for someone to come",
  onItsWay: "on its way",
  heldBySome: (held, of) => `${held} of ${of} have it`,
  heldByAll: "everyone here has it",
  message: "Message",
  messageTo: (channel) => `Message #${channel}`,
  send: "Send",
  enterHint: "Enter sends, Shift+Enter starts a new line",
  roomLeft: (characters) => `Room for about ${inCharacters(characters)} more`,
  tooLong: (characters) =>
    `This message is too long by about ${
      inCharacters(characters)
    }. Shorten it, or send it in parts.`,
  sendFailed:
    "This message could not be sent. It is still here: try once more.",
  noMessages: (channel) => `Nothing said in #${channel} yet`,
  noMessagesHint: "Write the first message below.",
  tryAgain: "Try again",
  dismiss: "Dismiss",
  noServer: {
    sentence: "The server does not answer.",
    next:
      "People you are already connected to still get your messages. Check your network, and that the server is running.",
  },
  plainHttp: PLAIN_HTTP_CHAT,
};
