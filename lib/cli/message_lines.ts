/**
 * Messages as lines of a terminal. Whatever others chose goes through
 * plain_text.ts first. Pure.
 * @module
 */
import type { EntryRef, Message } from "../mesh/chat.ts";
import type { FileInfo } from "../mesh/shared_file.ts";
import { bytesInWords } from "./byte_size.ts";
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
    return [`${head}${name}: ${colours.dim("took this message back")}`];
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
function answeredLines(
  { replyTo }: Message,
  { colours, find }: MessageStyle,
): string[] {
  const answered = replyTo && find?.(replyTo);
  if (answered === undefined || answered.deleted) return [];
  const { user, text, file } = answered;
  const [line = ""] = file ? [fileInWords(file)] : plainLines(text);
  const quoted = fitted(`${plainLine(user)}: ${line}`, QUOTED_COLUMNS);
  return [colours.dim(`      ╭ ${quoted}`)];
}

function reactionsInWords({ reactions }: Message): string {
  const each = reactions.map(({ emoji, users }) =>
    ` ${plainLine(emoji)} ${users.length}`
  );
  return each.length === 0 ? "" : ` ${each.join("")}`;
}

export function fileInWords({ name, size }: FileInfo): string {
  return `📎 ${plainLine(name)} (${bytesInWords(size)})`;
}

/** A message as a script reads it: one line, safe for any terminal. */
export function messageJson(message: Message): string {
  const { channel, ref, user, text, at, edited, deleted, own } = message;
  const { file, replyTo } = message;
  const shown = {
    ...{ channel, user, text, time: new Date(at).toISOString() },
    ...{ author: ref.author, seq: ref.seq, edited, deleted, own },
    ...(file !== undefined && { file }),
    ...(replyTo !== undefined && { replyTo }),
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
