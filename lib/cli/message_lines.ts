/**
 * Messages as lines of a terminal. Whatever others chose goes through
 * plain_text.ts first. Pure.
 * @module
 */
import type { Message } from "../mesh/chat.ts";
import type { FileInfo } from "../mesh/shared_file.ts";
import { bytesInWords } from "./byte_size.ts";
import type { Colours } from "./colours.ts";
import { plainLine, plainLines } from "./plain_text.ts";

export interface MessageStyle {
  colours: Colours;
  /** The channel is named where it is not this one. */
  open: string;
  /** What is said behind a file: how to have it. */
  hint?: (message: Message) => string;
}

/** `14:05`, by this machine's clock and zone. */
export function timeOfDay(at: number): string {
  const time = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}`;
}

export function messageLines(
  message: Message,
  { colours, open, hint }: MessageStyle,
): string[] {
  const { channel, at, user, text, edited, deleted, via, file } = message;
  const time = colours.dim(timeOfDay(at));
  const where = channel === open ? "" : colours.dim(` #${channel}`);
  const name = colours.person(plainLine(user));
  const mark = edited ? colours.dim(" (edited)") : "";
  const by = via === undefined || message.own
    ? ""
    : colours.dim(` (from ${plainLine(via)})`);
  const head = `${time}${where} ${name}${mark}${by}:`;
  if (deleted) return [`${head} ${colours.dim("took this message back")}`];
  if (file !== undefined) {
    const behind = hint?.(message) ?? "";
    return [`${head} ${fileInWords(file)}${colours.dim(behind)}`];
  }
  const [first = "", ...rest] = plainLines(text);
  const indent = " ".repeat(6);
  return [`${head} ${first}`, ...rest.map((line) => `${indent}${line}`)];
}

export function fileInWords({ name, size }: FileInfo): string {
  return `📎 ${plainLine(name)} (${bytesInWords(size)})`;
}

/** A message as a script reads it: one line, safe for any terminal. */
export function messageJson(message: Message): string {
  const { channel, ref, user, text, at, edited, deleted, own, file } = message;
  const shown = {
    ...{ channel, user, text, time: new Date(at).toISOString() },
    ...{ author: ref.author, seq: ref.seq, edited, deleted, own },
    ...(file !== undefined && { file }),
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
