/**
 * `deno task peer`: signs in, and runs one of the commands with a peer of its
 * own.
 * @module
 */
import { systemClock } from "../clock.ts";
import type { Chat } from "../mesh/chat.ts";
import {
  helpText,
  messageOf,
  readOptions,
  stopRequested,
  terminal,
  UsageError,
} from "../service/command.ts";
import { DEFAULT_CHANNEL } from "../wire/names.ts";
import { type Call, readCall, SPEC } from "./call.ts";
import { watchDevices } from "./device_news.ts";
import { EXIT, PeerFailure } from "./failure.ts";
import { FileKeyStore } from "./file_key_store.ts";
import { keep } from "./keep.ts";
import { KeptBounds, retentionUnder } from "./keep_bounds.ts";
import { makeFolder, openLocalFile, saveFile } from "./local_files.ts";
import { openPeer } from "./open_peer.ts";
import { plainLine } from "./plain_text.ts";
import { receiveFiles } from "./recv_files.ts";
import { send } from "./send.ts";
import { sendFiles } from "./send_files.ts";
import { type SignedIn, signIn } from "./sign_in.ts";
import { SqliteFileStore } from "./sqlite_file_store.ts";
import { SqliteKnownDevices } from "./sqlite_known_devices.ts";
import { SqlitePrinted } from "./sqlite_printed.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { peoplePath, type Slot, takeSlot } from "./state_files.ts";
import { tail } from "./tail.ts";
import { talk } from "./talk.ts";

/** A message has less; more is not read. */
const INPUT_BYTES_MAX = 64 * 1_024;
/**
 * Files that were sent and fetched stay in the slot for others to have: at each
 * start the oldest go, until the others have no more than this.
 */
const SLOT_FILES_BYTES = 4 * 1024 ** 3;

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

async function run(call: Call): Promise<number> {
  standWhereCalled();
  if (call.command === "recv-files") makeFolder(call.dir);
  const { session, dir } = await signedIn(call);
  // Until here a signal ends the process as it ends any other.
  const stopped = stopRequested();
  using slot = takeSlot(dir);
  const { user } = session;
  using devices = new SqliteKnownDevices(peoplePath(dir), { user });
  const { path, fileStore } = openFiles(call, slot);
  const chat = await openPeer({
    ...{ session, fileStore },
    store: new SqliteStore(path),
    deviceKeys: new FileKeyStore(slot.devicePath),
    retention: retentionUnder(call.keeping.bound),
  });
  try {
    const { printedPath } = slot;
    const files = { path, printedPath, fileStore };
    return await perform(call, { chat, devices, stopped, ...files });
  } finally {
    chat.stop();
    await session.drained(systemClock);
  }
}

/** `deno task` starts in the folder of the project: paths are the caller's. */
function standWhereCalled(): void {
  const called = Deno.env.get("INIT_CWD");
  if (called !== undefined) Deno.chdir(called);
}

function signedIn({ command, origin, user }: Call): Promise<SignedIn> {
  const encoder = new TextEncoder();
  return signIn({
    ...{ origin, user },
    places: Deno.env,
    source: {
      input: Deno.stdin,
      write: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    },
    askName: () => prompt("User name:"),
    renewed() {
      // It would tear the prompt, and nothing that a person notices is lost.
      if (command === "talk") return;
      terminal.error("The session had ended: logged in again");
    },
  });
}

/** Where messages and files are kept: a keeper says so, the others do not. */
function openFiles(
  { command, keeping }: Call,
  slot: Slot,
): { path: string; fileStore: SqliteFileStore } {
  if (command === "keep") {
    const path = keeping.store;
    const filesPath = `${path.replace(/\.db$/, "")}.files.db`;
    return { path, fileStore: new SqliteFileStore(filesPath) };
  }
  const fileStore = new SqliteFileStore(slot.filesPath, {
    bytesMax: 2 * SLOT_FILES_BYTES,
  });
  fileStore.trim(SLOT_FILES_BYTES);
  return { path: slot.historyPath, fileStore };
}

interface Running {
  chat: Chat;
  /** Of the history. */
  path: string;
  printedPath: string;
  fileStore: SqliteFileStore;
  devices: SqliteKnownDevices;
  stopped: Promise<void>;
}

async function perform(
  { command, channels, json, changes, sending, keeping, dir }: Call,
  { chat, path, printedPath, fileStore, devices, stopped }: Running,
): Promise<number> {
  const [channel = DEFAULT_CHANNEL] = channels;
  const clock = systemClock;
  const output = { write: writeLine, warn: terminal.error };
  if (command !== "talk") {
    watchDevices({ chat, clock, devices, warn: terminal.error });
  }
  switch (command) {
    case "talk":
      return await talk(chat, {
        ...{ channel, devices, stopped, home: Deno.env.get("HOME") },
      });
    case "send": {
      const { to, timeoutMs, paths } = sending;
      const common = { channel, to, timeoutMs, clock, stopped };
      if (paths.length === 0) {
        return await send(chat, { ...common, text: await readInput() });
      }
      const open = openLocalFile;
      return await sendFiles(chat, { ...common, paths, open });
    }
    case "tail": {
      using printed = new SqlitePrinted(printedPath);
      return await tail(chat, {
        ...{ channels, json, changes, printed, clock, stopped, ...output },
      });
    }
    case "keep":
      return await keep(chat, {
        ...{ channels, stopped, clock, log: terminal.log },
        bounds: new KeptBounds(path, keeping.bound),
      });
    case "recv-files":
      return await receiveFiles(chat, {
        ...{ channels, json, stopped, ...output },
        saved: fileStore,
        save: (file) => saveFile(chat.files, file, dir),
      });
  }
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
