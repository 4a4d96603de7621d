/**
 * Who others are, as a person in a talk is told: devices not met before, and
 * the numbers that two people compare.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Change, Chat } from "../mesh/chat.ts";
import { tagOf } from "../mesh/device_tag.ts";
import { type DeviceNews, isLoud } from "../mesh/known_devices.ts";
import type { Keys } from "../mesh/keys.ts";
import { safetyNumber } from "../mesh/safety_number.ts";
import type { DeviceKey } from "../wire/device_key.ts";
import type { ChannelName } from "../wire/names.ts";
import { newsInWords, NOT_KEPT } from "./device_news.ts";
import { plainLine } from "./plain_text.ts";
import type { SqliteKnownDevices } from "./sqlite_known_devices.ts";

/** Groups of the number in one line. */
const GROUPS_PER_LINE = 6;

export interface RoomTrustParts {
  chat: Chat;
  clock: Clock;
  keys: Pick<Keys, "sha256">;
  devices: SqliteKnownDevices;
  print(lines: string[]): void;
  warn(line: string): void;
  /** A line that nobody may miss. */
  alarm(line: string): void;
}

type Verdict = "same" | "undo";

export class RoomTrust {
  readonly #parts: RoomTrustParts;
  /** Whose numbers were shown last: a mark is about those and no other. */
  #shown: { user: string; devices: DeviceKey[] } | undefined;
  #compared = new Set<DeviceKey>();
  #isKept = true;

  constructor(parts: RoomTrustParts) {
    this.#parts = parts;
  }

  /** Says what was found while nobody read. */
  open(): void {
    this.#keep(() => this.#readCompared());
    this.#tellLeft();
  }

  met({ user, userSince, device: key }: Change & { type: "device-met" }): void {
    const { devices, clock } = this.#parts;
    this.#keep(() => {
      const met = { user, userSince, key };
      const news = devices.meet(met, clock.now());
      if (news !== undefined) this.#tell(news);
    });
    // A script that runs beside this talk may have met it first.
    this.#tellLeft();
  }

  isCompared(device: DeviceKey): boolean {
    return this.#compared.has(device);
  }

  /** `NAME` shows the numbers of their devices, `NAME [1] same` marks one. */
  async verify(channel: ChannelName, typed: string): Promise<void> {
    if (typed === "") return this.#parts.warn("Say whom: /verify NAME");
    const user = nameOf(typed);
    const devices = this.#devicesOf(channel, user);
    if (devices.length > 0) return await this.#show(user, devices);
    const [, whom, verdict = ""] = /^(.+)\s+(same|undo)$/siu.exec(typed) ?? [];
    if (whom !== undefined) {
      return this.#judge(whom, verdict.toLowerCase() as Verdict);
    }
    this.#parts.warn(
      `Nobody called "${
        plainLine(user)
      }" is linked to you now: /peers lists who is`,
    );
  }

  /** Each once: two windows of a browser are one device. */
  #devicesOf(channel: ChannelName, wanted: string): DeviceKey[] {
    const devices = this.#parts.chat.people(channel)
      .flatMap(({ user, device }) =>
        user === wanted && device !== undefined ? [device] : []
      );
    return [...new Set(devices)];
  }

  async #show(user: string, devices: DeviceKey[]): Promise<void> {
    const { chat, keys, print } = this.#parts;
    // Nobody is linked to us before we have one.
    const own = chat.self.device ?? "";
    this.#keep(() => this.#readCompared());
    const name = plainLine(user);
    const isOne = devices.length === 1;
    for (const [at, device] of devices.entries()) {
      const groups = await safetyNumber(own, device, keys);
      const number = isOne ? "" : `${at + 1}. `;
      const mark = this.isCompared(device) ? " (compared)" : "";
      print([
        `${number}You and ${name}, device ${tagOf(device)}${mark}:`,
        `  ${groups.slice(0, GROUPS_PER_LINE).join(" ")}`,
        `  ${groups.slice(GROUPS_PER_LINE).join(" ")}`,
      ]);
    }
    this.#shown = { user, devices };
    const which = isOne ? "" : " 1";
    if (devices.every((device) => this.isCompared(device))) {
      return print([`/verify ${name}${which} undo takes the mark back`]);
    }
    print([
      "Read it to each other, by another way than this chat. Where both see",
      `the same, nobody is in between: /verify ${name}${which} same`,
    ]);
  }

  /** `NAME`, or `NAME 2` where several were shown. */
  #judge(whom: string, verdict: Verdict): void {
    const { user, devices } = this.#shown ?? { devices: [] };
    const [, named = "", digits] = /^(.+)\s+(\d{1,3})$/su.exec(whom) ?? [];
    const isNumbered = nameOf(named) === user;
    if (user === undefined || !isNumbered && nameOf(whom) !== user) {
      const name = plainLine(nameOf(named || whom));
      return this.#parts.warn(`Look at the number first: /verify ${name}`);
    }
    const [only, ...more] = devices;
    const lone = more.length === 0 ? only : undefined;
    const key = isNumbered ? devices[Number(digits) - 1] : lone;
    if (key !== undefined) return this.#mark(user, key, verdict);
    const name = plainLine(user);
    this.#parts.warn(`Say which one, like /verify ${name} 1 ${verdict}`);
  }

  #mark(user: string, key: DeviceKey, verdict: Verdict): void {
    const isSame = verdict === "same";
    const name = plainLine(user);
    const device = `${name}, device ${tagOf(key)}`;
    this.#keep(() => {
      this.#parts.devices.mark(user, key, isSame);
      this.#readCompared();
      this.#parts.print([
        isSame
          ? `Marked as compared: ${device}. /verify ${name} undo takes it back`
          : `Not marked as compared any more: ${device}`,
      ]);
    });
  }

  #readCompared(): void {
    this.#compared = new Set(this.#parts.devices.compared());
  }

  #tellLeft(): void {
    this.#keep(() => {
      for (const news of this.#parts.devices.takeNews()) this.#tell(news);
    });
  }

  #tell(news: DeviceNews): void {
    const { alarm, warn } = this.#parts;
    const text = newsInWords(news);
    if (isLoud(news)) alarm(text);
    else warn(text);
  }

  /** A disk that fails ends no talk; it is said once. */
  #keep(run: () => void): void {
    try {
      run();
    } catch {
      if (this.#isKept) this.#parts.warn(NOT_KEPT);
      this.#isKept = false;
    }
  }
}

/** As it is typed before a message to somebody. */
function nameOf(typed: string): string {
  return typed.trim().replace(/^@/, "").replace(/:$/, "");
}
