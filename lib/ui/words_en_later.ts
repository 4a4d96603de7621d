/**
 * What the chat says later on, in English.
 * @module
 */
import type { Advice } from "./site_words.ts";
import type { LateWords } from "./words_later.ts";

/** In the chat, where this device has a key. */
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

export const lateEn: LateWords = {
  channelName: "Channel name",
  create: "Create",
  actions: "What to do with this message",
  reactWith: (emoji) => `React with ${emoji}`,
  moreEmoji: "React with another emoji",
  reply: "Reply",
  edit: "Edit",
  remove: "Delete",
  removeQuestion: "Delete this message for everyone?",
  keep: "Keep it",
  replyingTo: (user) => `Replying to ${user}`,
  editing: "Editing your message",
  noMessages: (channel) => `Nothing said in #${channel} yet`,
  noMessagesHint: "Write the first message below.",
  nobodyHere: "Nobody else is here.",
  nobodyInChannel: "Nobody else is in this channel.",
  foundAs: (from, channel) =>
    `People in #${from} find it in their sidebar as “#${channel}”.`,
  invite: "To invite someone, have them open this address and log in:",
  inviteLocal:
    "This address works on this machine only. To let others in, start the server with --server-ip 0.0.0.0.",
  logHint:
    "Arrow keys go from message to message. R replies, E edits, Delete deletes, Enter leads to all actions.",
  plainHttp: PLAIN_HTTP_CHAT,
  notSentYet: "not sent yet",
  waiting: "waiting for someone to come",
  onItsWay: "on its way",
  heldBySome: (held, of) => `${held} of ${of} have the message`,
  heldByAll: "everyone here has the message",
  newMessages: (count) =>
    count === 1 ? "1 new message" : `${count} new messages`,
  jumpToLatest: "Jump to the latest message",
  enterHint: "Enter sends, Shift+Enter starts a new line",
  roomLeft: (characters) => `Room for about ${inCharacters(characters)} more`,
  tooLong: (characters) =>
    `This message is too long by about ${
      inCharacters(characters)
    }. Shorten it, or send it in parts.`,
  sendFailed:
    "This message could not be sent. It is still here: try once more.",
  trying: "Trying…",
  logInAgain: "Log in again",
  reload: "Reload the page",
  trouble: {
    "no-webrtc": {
      sentence: "This browser cannot connect to other people.",
      next:
        "WebRTC is missing or switched off. Open this page in a current Firefox, Chrome, Edge or Safari, or allow WebRTC in the settings.",
    },
    "no-tracker": {
      sentence: "The server answers, but its tracker does not.",
      next:
        "People you are already connected to still get your messages. Newcomers find you once the tracker is back.",
    },
    "moved": {
      sentence: "The server is reached over https now.",
      next:
        "Reload the page and log in there. Copy what you are writing first: it does not come along.",
    },
    "signed-out": {
      sentence: "You have been signed out.",
      next:
        "Log in to go on talking. Messages you wrote here are not lost, nor is what you are writing.",
    },
    "too-many-requests": {
      sentence: "Very many devices have signed in to your account lately.",
      next:
        "The server takes one more each minute, and this one asks again by itself. What you write meanwhile is sent then.",
    },
    "no-peer": {
      sentence: "Others are here, but no connection to them could be built.",
      next:
        "A firewall, a VPN or separate networks may be in the way. It helps when everyone is on the same network.",
    },
  },
  compareWith: (user, isCompared) =>
    `Compare with ${user}${isCompared ? ", compared" : ""}`,
  stateMeans: {
    connecting: "A connection is being built",
    direct: "Connected browser to browser",
    relayed: "Messages are passed on by someone both of you can reach",
    away: "Gone a moment ago; messages arrive when they come back",
  },
  problem: {
    "no-route": "no route found yet",
    "no-answer": "does not answer yet",
  },
  refused: {
    "bad-proof": (user) => `Somebody sits between you and ${user}.`,
    "other-user": (user) => `Somebody else answered for ${user}.`,
    "bad-certificate": (user) =>
      `Whoever answered for ${user} shows no certificate of this server.`,
    "no-hello": (user) => `${user} has another version of this page.`,
    expired: (user) => `The certificate of ${user}’s device has run out.`,
  },
  refusedNext:
    "The connection was closed before anything was said. Have them reload the page; if it stays, tell whoever runs this server, by another way than this chat.",
  startFailed: {
    sentence: "The chat could not start.",
    next: "Reload the page. If that does not help, try another browser.",
  },
  ownFork: {
    sentence: "What this browser wrote here exists in two versions.",
    next:
      "Perhaps an old copy of its data was put back. Others take nothing more from it in this channel; from another browser you can go on.",
  },
  forkBy: {
    sentence: (user) =>
      `A device of ${user} has signed two different versions of what it wrote.`,
    next:
      "You may be reading something else than others do. What came before stays; nothing more is taken from that device in this channel.",
  },
  storageOff: {
    sentence: "Messages are not kept over a reload here.",
    next:
      "This browser does not let the page store them: a private window, or no space left. Everything else works.",
  },
  nameFault: {
    empty: "Type a name of 1 to 32 letters, digits, “-” or “_”.",
    "too-long": "A channel name has 32 characters at most.",
    "bad-character":
      "A channel name has only letters, digits, “-” and “_”: no spaces or other signs.",
    reserved: "This name is reserved. Choose another one.",
  },
  requestFault: {
    "change-failed": {
      sentence: "That change could not be made.",
      next: "Everything is as it was. Try once more.",
    },
    "channel-limit": {
      sentence: "There is no room for another channel.",
      next: "Leave one of yours first.",
    },
    "forbidden-origin": {
      sentence: "The server does not accept this page’s address.",
      next: "Open the chat under the address that the server printed.",
    },
    "join-failed": {
      sentence: "The channel could not be opened.",
      next: "Try once more.",
    },
    "outdated-page": {
      sentence: "The server speaks a newer version than this page.",
      next: "Reload the page.",
    },
    "server-busy": {
      sentence: "The server asks this page to slow down.",
      next: "What you did last may have to be done again in a moment.",
    },
    "server-full": {
      sentence: "The server is full.",
      next: "Try again once someone has left.",
    },
  },
  download: "Download",
  downloadFile: (name, size) => `Download ${name}, ${size}`,
  saveFile: "Save",
  saveFileAs: (name) => `Save ${name}`,
  openLarge: (name) => `Show ${name} large`,
  cancelFile: (name) => `Cancel ${name}`,
  heldBy: (count) =>
    count === 1 ? "1 person has the file" : `${count} people have the file`,
  fileWaits: "waiting for somebody who has it",
  fileComes: (done, size) => `${done} of ${size}`,
  perSecond: (size) => `${size}/s`,
  fileProblem: {
    "no-room": "No room left for it in this browser.",
    "store-failed": "This browser could not keep it.",
  },
  saveFailed: "It could not be saved.",
  pictureFailed: "This picture cannot be shown.",
  dropHere: (channel) => `Drop files here to send them to #${channel}`,
  attached: "Files being sent",
  uploadWaits: "waits for its turn",
  uploadFault: {
    "too-large": (limit) => `Too large: a file may have ${limit} at most.`,
    "too-many": (limit) =>
      `At most ${limit} files at a time. Send the rest once these are done.`,
    folder: () => "A folder cannot be sent. Pack it into a ZIP file first.",
    unreadable: () => "It could not be read. Is it still there, and unchanged?",
    "no-room": () => "This browser has no room left to keep it.",
    failed: () => "It could not be sent. Try once more.",
  },
};
