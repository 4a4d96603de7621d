/**
 * `deno task peer`: reads the command line, signs in, and runs one of the
 * commands with a peer of its own.
 * @module
 */
import { systemClock } from "../clock.ts";
import type { Chat } from "../mesh/chat.ts";
import {
  type CommandSpec,
  helpText,
  messageOf,
  type Options,
  readOptions,
  stopRequested,
  terminal,
  UsageError,
} from "../service/command.ts";
import {
  type ChannelName,
  channelNameOf,
  DEFAULT_CHANNEL,
} from "../wire/names.ts";
import { EXIT, PeerFailure } from "./failure.ts";
import { FileKeyStore } from "./file_key_store.ts";
import { keep } from "./keep.ts";
import { type Bound, KeptBounds, readBound } from "./keep_bounds.ts";
import { openPeer } from "./open_peer.ts";
import { plainLine } from "./plain_text.ts";
import { send } from "./send.ts";
import { DEFAULT_ORIGIN, readOrigin } from "./session.ts";
import { signIn } from "./sign_in.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { takeSlot } from "./state_files.ts";
import { tail } from "./tail.ts";
import { talk } from "./talk.ts";

const USAGE = "deno task peer";
const COMMANDS = ["talk", "send", "tail", "keep"] as const;
type CommandName = typeof COMMANDS[number];
/** A message has less; more is not read. */
const INPUT_BYTES_MAX = 64 * 1_024;
const PEERS_MAX = 1_000;

const SPEC: CommandSpec = {
  usage: USAGE,
  operands: "[URL] [send|tail|keep]",
  summary: `A member of the chat in a terminal.

  (nothing)  Talk: /help lists what may be typed
  send       Send what comes on standard input, and wait until somebody has it
  tail       Print each message as a line, for ever
  keep       Stay, and have what was said for whoever comes later

The password is asked for, or taken from WEAPROUS_PASSWORD; the session is kept.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no login, 4 nobody got it.`,
  flags: {
    "user": { value: "NAME", help: "Who you are; needed the first time" },
    "channel": {
      value: "NAME",
      fallback: DEFAULT_CHANNEL,
      help: "Channel; tail and keep take several",
      repeated: true,
    },
    "to": { value: "N", help: "send: how many must have it (default 1)" },
    "timeout": {
      value: "TIME",
      help: "send: how long to wait, like 30s or 5m (default 30s)",
    },
    "json": { help: "tail: one JSON object a line" },
    "store": { value: "FILE", help: "keep: where (default keep.db)" },
    "keep": {
      value: "BOUND",
      help: "keep: how much, like 30d, 500MB or 10GB",
    },
  },
};

/** Flags that mean something to one command only. */
const OF_ONE_COMMAND: Record<string, CommandName> = {
  to: "send",
  timeout: "send",
  json: "tail",
  store: "keep",
  keep: "keep",
};

interface Call {
  command: CommandName;
  origin: string;
  channels: ChannelName[];
  options: Options;
}

/** Runs what `args` ask for; returns the exit code. */
export async function main(args: string[]): Promise<number> {
  try {
    const options = readOptions(SPEC, args);
    if (options !== undefined) return await run(readCall(options));
    terminal.log(helpText(SPEC).trimEnd());
    return EXIT.done;
  } catch (error) {
    terminal.error(`weaprous: ${plainLine(messageOf(error))}`);
    if (error instanceof PeerFailure) return error.exitCode;
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

export function readCall(options: Options): Call {
  const words = [...options.words];
  const isUrl = (word = "") => /^https?:/i.test(word);
  const url = isUrl(words[0]) ? words.shift() : undefined;
  const command = words.shift() ?? "talk";
  if (words.length > 0 || !isCommand(command)) {
    const word = words[0] ?? command;
    throw new UsageError(`Cannot do "${word}". See ${USAGE} --help`);
  }
  const [stray] = Object.entries(OF_ONE_COMMAND)
    .find(([flag, owner]) => options.given(flag) && owner !== command) ?? [];
  if (stray !== undefined) {
    throw new UsageError(`--${stray} does not go with ${command}`);
  }
  const channels = options.list("channel").map(readChannel);
  if (channels.length > 1 && (command === "talk" || command === "send")) {
    throw new UsageError(`${command} takes one --channel`);
  }
  const origin = readOrigin(url ?? DEFAULT_ORIGIN);
  return { command, origin, channels, options };
}

async function run(call: Call): Promise<number> {
  const { command, origin, channels, options } = call;
  const [channel = DEFAULT_CHANNEL] = channels;
  const { store: keptAt, bound } = readKeeping(call);
  const sending = command === "send" ? readSending(options) : undefined;
  const stopped = stopRequested();
  const encoder = new TextEncoder();
  const { session, dir } = await signIn({
    origin,
    user: options.given("user") ? options.text("user") : undefined,
    places: Deno.env,
    source: {
      input: Deno.stdin,
      write: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    },
    askName: () => prompt("User name:"),
  });
  using slot = takeSlot(dir);
  const path = keptAt ?? slot.historyPath;
  const store = new SqliteStore(path);
  const deviceKeys = new FileKeyStore(slot.devicePath);
  const chat = await openPeer({ session, deviceKeys, store });
  try {
    switch (command) {
      case "talk":
        return await talk(chat, { channel, stopped });
      case "send":
        return await runSend(chat, { channel, ...sending });
      case "tail":
        return await tail(chat, {
          ...{ channels, json: options.given("json"), stopped },
          write: writeLine,
          warn: terminal.error,
        });
      case "keep":
        return await keep(chat, {
          ...{ channels, stopped, clock: systemClock, log: terminal.log },
          bounds: new KeptBounds(path, bound),
        });
    }
  } finally {
    chat.stop();
    await session.drained(systemClock);
  }
}

async function runSend(
  chat: Chat,
  { channel, to = 1, timeoutMs = 0 }: {
    channel: ChannelName;
    to?: number;
    timeoutMs?: number;
  },
): Promise<number> {
  const text = await readInput();
  return await send(chat, {
    ...{ channel, text, to, timeoutMs, clock: systemClock },
  });
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

function readSending(options: Options): { to: number; timeoutMs: number } {
  const to = options.given("to") ? options.integer("to", [1, PEERS_MAX]) : 1;
  const text = options.given("timeout") ? options.text("timeout") : "30s";
  const [, count = "", unit] = /^(\d{1,6})([sm])$/.exec(text) ?? [];
  if (unit === undefined || Number(count) === 0) {
    throw new UsageError(
      `Cannot use --timeout "${text}": give a time like 30s or 5m`,
    );
  }
  const timeoutMs = Number(count) * (unit === "s" ? 1_000 : 60_000);
  return { to, timeoutMs };
}

function readKeeping(
  { command, options }: Call,
): { store: string | undefined; bound: Bound | undefined } {
  if (command !== "keep") return { store: undefined, bound: undefined };
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

/** Standard input as one message, less the line break that ends it. */
async function readInput(): Promise<string> {
  let bytes = new Uint8Array();
  for await (const chunk of Deno.stdin.readable) {
    bytes = Uint8Array.of(...bytes, ...chunk);
    if (bytes.length > INPUT_BYTES_MAX) break;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
      .replace(/\r?\n$/, "");
  } catch (cause) {
    const message = "Cannot send this: it is not text in UTF-8";
    throw new PeerFailure(message, EXIT.usage, { cause });
  }
}

/** False once the reader has gone. */
function writeLine(line: string): boolean {
  try {
    terminal.log(line);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw error;
  }
}
