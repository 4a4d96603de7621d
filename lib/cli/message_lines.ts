/**
 * Messages as lines of a terminal. Whatever others chose goes through
 * plain_text.ts first. Pure.
 * @module
 */
import type { EntryRef, Message } from "../mesh/chat.ts";
import { sizeInWords } from "../mesh/file_size.ts";
import type { FileInfo } from "../mesh/shared_file.ts";
import type { Colours } from "./colours.ts";
import { plainLine, plainLines } from "./plain_text.ts";
import { fitted } from "./prompt.ts";

const QUOTED_COLUMNS = 60;

export interface MessageStyle {
  colours: Colours;
  /** The channel is named where it is not this one. */
  open: string;
  /** The day is named where it is not today's. */
  now: number;
  /** The message that another one answers. */
  find?: (answered: EntryRef) => Message | undefined;
  /** What is said behind a file: how to have it. */
  hint?: (message: Message) => string;
}

/** `14:05`, by this machine's clock and zone; on another day `2026-01-02 14:05`. */
export function timeInWords(at: number, now: number): string {
  const [time, today] = [new Date(at), new Date(now)];
  const two = (part: number) => String(part).padStart(2, "0");
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === today.toDateString()) return clock;
  const day = [time.getFullYear(), time.getMonth() + 1, time.getDate()];
  return `${day.map(two).join("-")} ${clock}`;
}

export function messageLines(message: Message, style: MessageStyle): string[] {
  const { user, text, deleted, file } = message;
  const { colours } = style;
  const head = headOf(message, style);
  const name = colours.person(plainLine(user));
  const tail = colours.dim(reactionsInWords(message));
  if (deleted) {
    return [`${head}${name}: ${colours.dim("deleted this message")}`];
  }
  const before = answeredLines(message, style);
  if (file !== undefined) {
    const behind = colours.dim(style.hint?.(message) ?? "");
    return [...before, `${head}${name}: ${fileInWords(file)}${behind}${tail}`];
  }
  // What /me sends, here and elsewhere.
  const doing = `* ${user} `;
  const does = text.startsWith(doing);
  const start = head + (does ? `* ${name} ` : `${name}: `);
  const [said = "", ...more] = plainLines(
    does ? text.slice(doing.length) : text,
  );
  const indent = " ".repeat(6);
  const lines = [start + said, ...more.map((line) => indent + line)];
  const last = lines.pop() ?? "";
  return [...before, ...lines, last + tail];
}

/**
 * What has changed of a message since it was shown, naming it by its beginning.
 * What was deleted is not said again.
 */
export function changeLines(
  before: Message,
  after: Message,
  style: MessageStyle,
): string[] {
  if (after.deleted) return before.deleted ? [] : messageLines(after, style);
  const edit = after.text === before.text ? [] : [
    overLine(`before: ${plainLines(before.text)[0]}`, style),
    ...messageLines({ ...after, reactions: [] }, { ...style, find: nothing }),
  ];
  return [...edit, ...reactionLines(before, after, style)];
}

function nothing(): undefined {}

/** Who put an emoji there, or took it off. */
function reactionLines(
  before: Message,
  after: Message,
  { colours, open }: MessageStyle,
): string[] {
  const where = after.channel === open ? "" : `#${after.channel} `;
  const what = beginningOf(after);
  const line = (users: string[], done: string) => {
    const names = users.map((user) => colours.person(plainLine(user)));
    return colours.dim(where) + names.join(", ") +
      colours.dim(` ${done} ${what}`);
  };
  const emoji = new Set(
    [...before.reactions, ...after.reactions].map((one) => one.emoji),
  );
  return [...emoji].flatMap((one) => {
    const [had, has] = [usersWith(before, one), usersWith(after, one)];
    const came = has.filter((user) => !had.includes(user));
    const went = had.filter((user) => !has.includes(user));
    const sign = plainLine(one);
    return [
      ...came.length > 0 ? [line(came, `reacted with ${sign} to`)] : [],
      ...went.length > 0 ? [line(went, `took ${sign} back from`)] : [],
    ];
  });
}

function usersWith({ reactions }: Message, emoji: string): string[] {
  return reactions.find((one) => one.emoji === emoji)?.users ?? [];
}

/** When, where and how, as far as it has to be said. */
function headOf(
  { channel, at, edited, via, own }: Message,
  { colours, open, now }: MessageStyle,
): string {
  const notes = [
    ...channel === open ? [] : [`#${channel}`],
    ...edited ? ["(edited)"] : [],
    ...via === undefined || own ? [] : [`(from ${plainLine(via)})`],
  ];
  return colours.dim([timeInWords(at, now), ...notes].join(" ")) + " ";
}

/** What is answered, above the answer. */
function answeredLines({ replyTo }: Message, style: MessageStyle): string[] {
  const answered = replyTo && style.find?.(replyTo);
  if (answered === undefined || answered.deleted) return [];
  return [overLine(beginningOf(answered), style)];
}

/** Something in brief, above the message that it belongs to. */
function overLine(text: string, { colours }: MessageStyle): string {
  return colours.dim(`      ╭ ${fitted(text, QUOTED_COLUMNS)}`);
}

/** Who said it, and as much of its first line as tells it from others. */
function beginningOf({ user, text, file }: Message): string {
  const [line = ""] = file ? [fileInWords(file)] : plainLines(text);
  return fitted(`${plainLine(user)}: ${line}`, QUOTED_COLUMNS);
}

function reactionsInWords({ reactions }: Message): string {
  const each = reactions.map(({ emoji, users }) =>
    ` ${plainLine(emoji)} ${users.length}`
  );
  return each.length === 0 ? "" : ` ${each.join("")}`;
}

export function fileInWords({ name, size }: FileInfo): string {
  return `📎 ${plainLine(name)} (${sizeInWords(size, "en")})`;
}

/** A message as a script reads it: one line, safe for any terminal. */
export function messageJson(message: Message): string {
  const { channel, ref, user, text, at, edited, deleted, own } = message;
  const { file, replyTo, reactions } = message;
  const shown = {
    ...{ channel, user, text, time: new Date(at).toISOString() },
    ...{ author: ref.author, seq: ref.seq, edited, deleted, own },
    ...(file !== undefined && { file }),
    ...(replyTo !== undefined && { replyTo }),
    ...(reactions.length > 0 && {
      reactions: reactions.map(({ emoji, users }) => ({ emoji, users })),
    }),
  };
  return safeJson(shown);
}

/** One line of JSON with nothing in it that a terminal obeys. */
export function safeJson(value: unknown): string {
  // JSON leaves these to whoever shows it.
  return JSON.stringify(value).replace(
    /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
