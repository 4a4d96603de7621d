/**
 * `deno task peer`: the talk at a terminal.
 * @module
 */
import { systemClock } from "../clock.ts";
import type { Chat } from "../mesh/chat.ts";
import type { ChannelName } from "../wire/names.ts";
import { COLOURS, NO_COLOURS } from "./colours.ts";
import { EXIT, PeerFailure } from "./failure.ts";
import { columns, readKeys } from "./keyboard.ts";
import { openLocalFile, pathsLike, saveFile } from "./local_files.ts";
import { Room } from "./room.ts";
import { SecretKeys } from "./secret_keys.ts";
import { Screen } from "./screen.ts";
import type { SqliteKnownDevices } from "./sqlite_known_devices.ts";

const encoder = new TextEncoder();

export interface TalkParts {
  channel: ChannelName;
  devices: SqliteKnownDevices;
  /** What `~` stands for. */
  home: string | undefined;
  stopped: Promise<void>;
}

export async function talk(
  chat: Chat,
  { channel, devices, home, stopped }: TalkParts,
): Promise<number> {
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) {
    throw new PeerFailure(
      "Cannot talk without a terminal. In scripts use deno task peer send or tail",
      EXIT.usage,
    );
  }
  const colours = Deno.noColor ? NO_COLOURS : COLOURS;
  const screen = new Screen({
    write: (text) => writeAll(encoder.encode(text)),
    columns,
    paint: colours.bold,
  });
  const room = new Room({
    ...{ chat, screen, colours, devices, clock: systemClock },
    keys: new SecretKeys(),
    disk: {
      openFile: (path) => openLocalFile(atHome(path, home)),
      save: (file) => saveFile(chat.files, file, "."),
      paths: (begun) => pathsLike(begun, (path) => atHome(path, home)),
    },
  });
  await chat.start();
  room.print([colours.dim("/help lists the commands, Ctrl-C twice leaves")]);
  room.open(channel);
  const stopReading = readKeys({
    key: (key) => room.press(key),
    resized: () => room.redraw(),
    ended: () => room.leave(),
  });
  await Promise.race([room.left, stopped]);
  room.close();
  stopReading();
  return EXIT.done;
}

/** As a shell reads it. */
function atHome(path: string, home: string | undefined): string {
  return home === undefined ? path : path.replace(/^~(?=\/|$)/, home);
}

function writeAll(bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    done += Deno.stdout.writeSync(bytes.subarray(done));
  }
}
