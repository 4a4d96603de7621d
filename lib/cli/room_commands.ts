/**
 * What each command does in a room.
 * @module
 */
import {
  CHANNEL_NAME_CHARS_MAX,
  type ChannelName,
  channelNameOf,
  DEFAULT_CHANNEL,
} from "../wire/names.ts";
import { peerLines } from "./peer_lines.ts";
import type { Room } from "./room.ts";
import { slashHelp, type SlashName } from "./slash.ts";

const HISTORY_SHOWN = 50;
const HISTORY_SHOWN_MAX = 1_000;

type Action = (room: Room, operand: string) => void | Promise<void>;

const ACTIONS: Record<SlashName, Action> = {
  help: (room) => room.print(slashHelp()),
  channels: listChannels,
  join: (room, name) => withChannel(room, name, (to) => room.goTo(to)),
  create: (room, name) => withChannel(room, name, (to) => room.goTo(to)),
  leave: leaveChannel,
  peers: listPeers,
  recent: (room, typed) => room.acts.recent(typed),
  reply: (room, typed) => room.acts.reply(typed),
  edit: (room, typed) => room.acts.edit(typed),
  delete: (room, typed) => room.acts.delete(typed),
  react: (room, typed) => room.acts.react(typed),
  file(room, path) {
    if (path === "") return room.warn("Say which one: /file report.pdf");
    return room.files.send(room.channel, path);
  },
  files: listFiles,
  get: (room, typed) => room.files.get(room.channel, typed),
  cancel: (room, typed) => room.files.cancel(room.channel, typed),
  msg: sayElsewhere,
  me(room, text) {
    if (text === "") return room.warn("Say what you do: /me waves");
    room.say(`* ${room.chat.self.user} ${text}`);
  },
  nick: (room) =>
    room.print([
      `You are ${room.chat.self.user}: the server certifies that name, so nobody else can use it here`,
    ]),
  history: showHistory,
  stats: showStats,
  verify: (room, typed) => room.trust.verify(room.channel, typed),
  quit: (room) => room.leave(),
};

export function runCommand(
  room: Room,
  { name, operand }: { name: SlashName; operand: string },
): void {
  Promise.try(ACTIONS[name], room, operand)
    .catch((error) => room.warn(error.message));
}

function withChannel(
  room: Room,
  typed: string,
  act: (channel: ChannelName) => void,
): void {
  const channel = channelNameOf(typed);
  if (channel !== undefined) return act(channel);
  room.warn(
    `Cannot use "${typed}" as a channel: 1 to ${CHANNEL_NAME_CHARS_MAX} letters, digits, "-" and "_", like /join ci`,
  );
}

/** Never to a person: what looks private and is not would be read by all. */
function sayElsewhere(room: Room, operand: string): void {
  const [, name, text = ""] = /^(#\S+)\s+(\S.*)$/su.exec(operand) ?? [];
  if (name === undefined) {
    return room.warn(
      "There are no private messages, a channel's are read by all who are in it: /msg #ci TEXT",
    );
  }
  withChannel(room, name, (channel) => room.say(text, { channel }));
}

function listChannels(room: Room): void {
  room.print(
    room.chat.channels().map(({ channel, joined, peers }) => {
      const mark = channel === room.channel ? "›" : joined ? "·" : " ";
      return `${mark} #${channel}  ${room.colours.dim(`${peers} here`)}`;
    }),
  );
}

function leaveChannel(room: Room, typed: string): void {
  withChannel(room, typed || room.channel, (channel) => {
    if (channel === DEFAULT_CHANNEL) {
      return room.warn(`Everybody is in #${channel}: leave with /quit`);
    }
    room.chat.leave(channel);
    room.print([room.colours.dim(`You have left #${channel}`)]);
    if (channel === room.channel) room.goTo(DEFAULT_CHANNEL);
  });
}

function listPeers(room: Room): void {
  const people = room.chat.people(room.channel);
  room.print(peerLines(people, {
    ...{ colours: room.colours, self: room.chat.self },
    isCompared: (device) => room.trust.isCompared(device),
  }));
  if (people.length === 0) room.print(["Nobody else is here yet"]);
}

function listFiles(room: Room): void {
  const lines = room.files.list(room.channel);
  room.print(lines.length > 0 ? lines : ["No file was sent here yet"]);
}

function showHistory(room: Room, typed: string): void {
  const count = typed === "" ? HISTORY_SHOWN : Number(typed);
  if (Number.isSafeInteger(count) && count > 0) {
    if (room.chat.messages(room.channel).length === 0) {
      return room.print([`Nothing has been said in #${room.channel} yet`]);
    }
    return room.showHistory(Math.min(count, HISTORY_SHOWN_MAX));
  }
  room.warn(`Cannot show "${typed}" messages: give a number, like /history 50`);
}

function showStats(room: Room): void {
  const { chat, channel } = room;
  const people = chat.people(channel);
  const messages = chat.messages(channel);
  const own = messages.filter((message) => message.own);
  const delivered = own.filter(({ ref }) =>
    chat.delivery(channel, ref).held > 0
  );
  const states = Object.entries(Object.groupBy(people, ({ state }) => state))
    .map(([state, those]) => `${those.length} ${state}`);
  room.print([
    `#${channel}: ${messages.length} messages, ${own.length} yours, ${delivered.length} of them delivered`,
    `peers: ${states.join(", ") || "none"}`,
    `tracker: ${chat.trackerState}`,
    `kept on this machine: ${chat.storageWorks ? "yes" : "no"}`,
  ]);
}
