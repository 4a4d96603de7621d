/**
 * The talk of a terminal without a terminal, a network or a disk: a room over a
 * chat of the test's own, and the rows that a person would see.
 * @module
 */
import { NO_COLOURS } from "../../lib/cli/colours.ts";
import { Room } from "../../lib/cli/room.ts";
import { Screen } from "../../lib/cli/screen.ts";
import { SqliteKnownDevices } from "../../lib/cli/sqlite_known_devices.ts";
import { ManualClock } from "../../lib/clock.ts";
import { cheapKeys } from "./cheap_keys.ts";
import { FakeChat } from "./fake_chat.ts";
import { TinyTerminal } from "./tiny_terminal.ts";

/** Noon, so that nothing of the last hours was said yesterday. */
const NOW = new Date(2026, 0, 2, 12, 0).getTime();

export class RoomLab implements Disposable {
  readonly chat = new FakeChat();
  readonly clock = new ManualClock(NOW);
  readonly room: Room;
  readonly devices: SqliteKnownDevices;
  readonly #dir = Deno.makeTempDirSync();
  readonly #terminal = new TinyTerminal(100);

  /** A room in #general; `before` meets people before it is opened. */
  constructor({ before = (_devices: SqliteKnownDevices) => {} } = {}) {
    this.chat.setTime(NOW);
    this.devices = new SqliteKnownDevices(`${this.#dir}/people.db`, {
      user: this.chat.self.user,
    });
    before(this.devices);
    const write = (text: string) => this.#terminal.write(text);
    this.room = new Room({
      ...{ chat: this.chat, clock: this.clock, colours: NO_COLOURS },
      keys: cheapKeys,
      devices: this.devices,
      screen: new Screen({ write, columns: () => this.#terminal.columns }),
      disk: {
        openFile: () => Promise.reject(new Error("no disk")),
        save: () => Promise.reject(new Error("no disk")),
        paths: () => [],
      },
    });
    this.room.open("general");
  }

  /** What is on the screen, the prompt as the last row. */
  get rows(): string[] {
    return this.#terminal.rows;
  }

  /** Types a line, and waits until what it does is done. */
  async type(line: string): Promise<void> {
    this.room.press({ type: "text", text: line });
    this.room.press({ type: "key", name: "enter" });
    await this.settled();
  }

  /** Everything that waits for nothing but promises is done. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }

  /** The rows that came since `from`, without the prompt. */
  since(from: number): string[] {
    return this.rows.slice(from, -1);
  }

  [Symbol.dispose](): void {
    this.room.close();
    this.devices[Symbol.dispose]();
    Deno.removeSync(this.#dir, { recursive: true });
  }
}
