/**
 * What may be typed after a slash: the table of commands, how a line is read,
 * and what Tab completes. Pure; the words are for terminal and browser alike.
 * @module
 */
import { emojiBeginning } from "./emoji_names.ts";
import type { Completion } from "./line_editor.ts";

export interface SlashCommand {
  /** What follows it, for the help. */
  operand?: string;
  help: string;
}

export const SLASH_COMMANDS = {
  help: { help: "Show this list" },
  channels: { help: "List the channels" },
  join: { operand: "NAME", help: "Join a channel, or go to it" },
  create: { operand: "NAME", help: "Create a channel and join it" },
  leave: { operand: "[NAME]", help: "Leave a channel" },
  peers: { help: "Who is here, with which device, how reached" },
  recent: { operand: "[COUNT]", help: "Show the last messages with numbers" },
  reply: {
    operand: "[NUMBER] TEXT",
    help: "Reply to the last of others, or a number of /recent",
  },
  edit: {
    operand: "[NUMBER] [TEXT]",
    help: "Change what you said last; alone it comes back",
  },
  delete: {
    operand: "[NUMBER]",
    help: "Delete what you said last for everyone",
  },
  react: {
    operand: "[NUMBER] EMOJI",
    help: "Put an emoji there or take it off: 👍, or heart",
  },
  file: { operand: "PATH", help: "Send a file" },
  files: { help: "List the files of this channel" },
  get: {
    operand: "[NUMBER]",
    help: "Save a file here; the latest without one",
  },
  cancel: { operand: "NUMBER", help: "Do not fetch that file any further" },
  msg: { operand: "#CHANNEL TEXT", help: "Say it in another channel" },
  me: { operand: "TEXT", help: "Say what you do" },
  nick: { help: "Why your name is what it is" },
  history: { operand: "[COUNT]", help: "Show earlier messages" },
  stats: { help: "Show links, messages and deliveries" },
  verify: {
    operand: "NAME [same]",
    help: "Show the number to compare; same marks it",
  },
  quit: { help: "Leave" },
} as const satisfies Record<string, SlashCommand>;

export type SlashName = keyof typeof SLASH_COMMANDS;

export type Line =
  | { type: "empty" }
  | { type: "say"; text: string }
  | { type: "command"; name: SlashName; operand: string }
  | { type: "unknown"; word: string };

/** Two slashes begin a message that begins with one. */
export function readLine(typed: string): Line {
  if (typed.trim() === "") return { type: "empty" };
  if (typed.startsWith("//")) return { type: "say", text: typed.slice(1) };
  if (!typed.startsWith("/")) return { type: "say", text: typed };
  const [, word = "", operand = ""] = /^\/(\S*)\s*(.*)$/su.exec(typed) ?? [];
  const name = word.toLowerCase();
  if (!Object.hasOwn(SLASH_COMMANDS, name)) return { type: "unknown", word };
  return { type: "command", name: name as SlashName, operand: operand.trim() };
}

export function slashHelp(): string[] {
  const rows = Object.entries(SLASH_COMMANDS).map((
    [name, command]: [string, SlashCommand],
  ) => [`/${name} ${command.operand ?? ""}`.trim(), command.help] as const);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, help]) => `  ${left.padEnd(width)}${help}`);
}

export interface Vocabulary {
  users: string[];
  channels: string[];
  /** The paths that begin like this one, folders with a slash at the end. */
  paths(begun: string): string[];
}

/** The word before the cursor: a command, a channel, a path or a name. */
export function completeWord(
  before: string,
  { users, channels, paths }: Vocabulary,
): Completion | undefined {
  const [, head, path] = /^(\/file\s+)(.*)$/su.exec(before) ?? [];
  if (head !== undefined && path !== undefined) {
    const words = paths(path);
    return words.length === 0 ? undefined : { start: head.length, words };
  }
  const [, reacting, named] = /^(\/react\s+(?:\d+\s+)?)(\S*)$/su
    .exec(before) ?? [];
  if (reacting !== undefined && named !== undefined) {
    const words = emojiBeginning(named);
    return words.length === 0 ? undefined : { start: reacting.length, words };
  }
  const start = before.search(/\S*$/u);
  const word = before.slice(start).toLowerCase();
  const isChannel = word.startsWith("#") || /^\/(join|leave)\s/u.test(before);
  const commands = start === 0 && word.startsWith("/")
    ? Object.keys(SLASH_COMMANDS).map((name) => `/${name} `)
    : [];
  const names = word.startsWith("/")
    ? []
    : isChannel
    ? channels.map((channel) => `#${channel} `)
    : word === "" && start === 0
    ? []
    : [...new Set(users)].map((user) =>
      word.startsWith("@")
        ? `@${user} `
        : start === 0
        ? `${user}: `
        : `${user} `
    );
  const wanted = isChannel && !word.startsWith("#") ? `#${word}` : word;
  const words = [...commands, ...names]
    .filter((name) => name.toLowerCase().startsWith(wanted))
    .toSorted();
  return words.length === 0 ? undefined : { start, words };
}
