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
import { Room } from "./room.ts";
import { Screen } from "./screen.ts";

const encoder = new TextEncoder();

export async function talk(
  chat: Chat,
  { channel, stopped }: { channel: ChannelName; stopped: Promise<void> },
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
  const room = new Room({ chat, screen, colours, clock: systemClock });
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

function writeAll(bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    done += Deno.stdout.writeSync(bytes.subarray(done));
  }
}
