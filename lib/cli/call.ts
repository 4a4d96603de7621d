/**
 * The command line of `deno task peer`: what may be written there, and what it
 * asks for. Throws a UsageError that names what is wrong with it.
 * @module
 */
import {
  type CommandSpec,
  type Options,
  UsageError,
} from "../service/command.ts";
import {
  type ChannelName,
  channelNameOf,
  DEFAULT_CHANNEL,
} from "../wire/names.ts";
import { type Bound, readBound } from "./keep_bounds.ts";
import { DEFAULT_ORIGIN, readOrigin } from "./session.ts";

const USAGE = "deno task peer";
const COMMANDS = ["talk", "send", "tail", "keep", "recv-files"] as const;
export type CommandName = typeof COMMANDS[number];

const PEERS_MAX = 1_000;
const FILES_SENT_MAX = 100;
const TEXT_TIMEOUT = "30s";
/** Files take longer to travel. */
const FILES_TIMEOUT = "10m";

export const SPEC: CommandSpec = {
  usage: USAGE,
  operands: "[URL] [send|tail|keep|recv-files DIR]",
  summary: `A member of the chat in a terminal.

  (nothing)       Talk: /help lists what may be typed
  send            Send standard input, or files, and wait until somebody has it
  tail            Print each message as a line, for ever
  keep            Stay, and have messages and files for whoever comes later
  recv-files DIR  Save each file of the channel in DIR, once, for ever

The password is asked for, or taken from WEAPROUS_PASSWORD; the session is kept.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no login, 4 nobody got it.`,
  flags: {
    "user": { value: "NAME", help: "Who you are; needed the first time" },
    "channel": {
      value: "NAME",
      fallback: DEFAULT_CHANNEL,
      help: "Channel; tail, keep and recv-files take several",
      repeated: true,
    },
    "file": {
      value: "PATH",
      help: "send: a file in place of standard input, or several",
      repeated: true,
    },
    "to": { value: "N", help: "send: how many must have it (default 1)" },
    "timeout": {
      value: "TIME",
      help:
        `send: how long to wait, like 30s or 5m (default ${TEXT_TIMEOUT}, files ${FILES_TIMEOUT})`,
    },
    "changes": {
      help: "tail: also what is edited, deleted or reacted to later",
    },
    "json": { help: "tail, recv-files: one JSON object a line" },
    "store": { value: "FILE", help: "keep: where (default keep.db)" },
    "keep": {
      value: "BOUND",
      help: "keep: how much, like 30d, 500MB or 10GB (default 10GB of files)",
    },
  },
};

/** Flags that mean something to some commands only. */
const OF_COMMANDS: Record<string, readonly CommandName[]> = {
  file: ["send"],
  to: ["send"],
  timeout: ["send"],
  changes: ["tail"],
  json: ["tail", "recv-files"],
  store: ["keep"],
  keep: ["keep"],
};

export interface Call {
  command: CommandName;
  origin: string;
  user: string | undefined;
  channels: ChannelName[];
  json: boolean;
  /** Whether tail tells what becomes of what it has printed. */
  changes: boolean;
  sending: { to: number; timeoutMs: number; paths: string[] };
  keeping: { store: string; bound: Bound | undefined };
  /** Where recv-files saves them. */
  dir: string;
}

export function readCall(options: Options): Call {
  const words = [...options.words];
  const isUrl = (word = "") => /^https?:/i.test(word);
  const url = isUrl(words[0]) ? words.shift() : undefined;
  const command = words.shift() ?? "talk";
  const dir = command === "recv-files" ? words.shift() : undefined;
  if (words.length > 0 || !isCommand(command)) {
    const word = words[0] ?? command;
    throw new UsageError(`Cannot do "${word}". See ${USAGE} --help`);
  }
  if (command === "recv-files" && dir === undefined) {
    throw new UsageError("Say where to: recv-files DIR");
  }
  const [stray] =
    Object.entries(OF_COMMANDS).find(([flag, owners]) =>
      options.given(flag) && !owners.includes(command)
    ) ?? [];
  if (stray !== undefined) {
    throw new UsageError(`--${stray} does not go with ${command}`);
  }
  const channels = options.list("channel").map(readChannel);
  if (channels.length > 1 && (command === "talk" || command === "send")) {
    throw new UsageError(`${command} takes one --channel`);
  }
  return {
    ...{ command, channels, dir: dir ?? "." },
    origin: readOrigin(url ?? DEFAULT_ORIGIN),
    user: options.given("user") ? options.text("user") : undefined,
    json: options.given("json"),
    changes: options.given("changes"),
    sending: readSending(options),
    keeping: readKeeping(options),
  };
}

function isCommand(word: string): word is CommandName {
  return (COMMANDS as readonly string[]).includes(word);
}

function readChannel(typed: string): ChannelName {
  const channel = channelNameOf(typed);
  if (channel !== undefined) return channel;
  throw new UsageError(
    `Cannot use --channel "${typed}": give 1 to 32 letters, digits, "-" and "_"`,
  );
}

function readSending(options: Options): Call["sending"] {
  const paths = options.given("file") ? options.list("file") : [];
  if (paths.length > FILES_SENT_MAX) {
    throw new UsageError(
      `Cannot send ${paths.length} files at once: at most ${FILES_SENT_MAX}`,
    );
  }
  const to = options.given("to") ? options.integer("to", [1, PEERS_MAX]) : 1;
  const text = options.given("timeout")
    ? options.text("timeout")
    : paths.length > 0
    ? FILES_TIMEOUT
    : TEXT_TIMEOUT;
  const [, count = "", unit] = /^(\d{1,6})([sm])$/.exec(text) ?? [];
  if (unit === undefined || Number(count) === 0) {
    throw new UsageError(
      `Cannot use --timeout "${text}": give a time like 30s or 5m`,
    );
  }
  const timeoutMs = Number(count) * (unit === "s" ? 1_000 : 60_000);
  return { to, timeoutMs, paths };
}

function readKeeping(options: Options): Call["keeping"] {
  const store = options.given("store") ? options.text("store") : "keep.db";
  if (!options.given("keep")) return { store, bound: undefined };
  const bound = readBound(options.text("keep"));
  if (bound !== undefined) return { store, bound };
  throw new UsageError(
    `Cannot use --keep "${
      options.text("keep")
    }": give an age or a size, like 30d, 500MB or 10GB`,
  );
}
