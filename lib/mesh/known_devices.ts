/**
 * The devices that each person was met with before, and which of them were
 * compared; whether one that is met now is news. Pure; stores keep the rows.
 * @module
 */
import { type DeviceKey, isDeviceKey } from "../wire/device_key.ts";

/** People remembered; more than a school has. */
export const KNOWN_USERS_MAX = 5_000;
/** Of one person; the one met longest ago is forgotten first, compared last. */
export const DEVICES_PER_USER_MAX = 32;
/** Loud news that wait to be read; more come up once, and are not kept. */
export const NEWS_MAX = 100;

/**
 * Who was known by no device is met with all that they have open: so long
 * after the first one, others of theirs are no news.
 */
export const FIRST_MEETING_MS = 60_000;

export interface KnownDevice {
  key: DeviceKey;
  /** When the account was made, as its certificate says. */
  userSince: number;
  /** When the first device of its person was met: the same for all of them. */
  firstMetAt: number;
  /** Two people have seen the same number for it. */
  compared: boolean;
}

/** The one met last at the end. */
export type KnownDevices = readonly KnownDevice[];

/**
 * `device`: another one of the same account; `account`: the account was made
 * anew under the same name, perhaps by somebody else.
 */
export interface DeviceNews {
  kind: "device" | "account";
  user: string;
  key: DeviceKey;
  /** A device of that name was compared before. */
  compared: boolean;
}

export interface MetDevice {
  user: string;
  userSince: number;
  key: DeviceKey;
}

/**
 * What is known once that device was met, and what is new about it. In a first
 * meeting only what may be somebody else is news: an account made anew, and
 * another device than one that was compared.
 */
export function meet(
  known: KnownDevices,
  { user, userSince, key }: MetDevice,
  now: number,
): { known: KnownDevices; news?: DeviceNews } {
  const before = known.find((device) => device.key === key);
  const others = known.filter((device) => device.key !== key);
  const firstMetAt = known[0]?.firstMetAt ?? now;
  const compared = before?.compared ?? false;
  const next = bounded([...others, { key, userSince, firstMetAt, compared }]);
  if (before !== undefined || others.length === 0) return { known: next };
  const news = newsOf(others, { user, userSince, key });
  // A clock that was set back begins no other first meeting.
  const isFirstMeeting = now >= firstMetAt &&
    now - firstMetAt < FIRST_MEETING_MS;
  return isFirstMeeting && !isLoud(news)
    ? { known: next }
    : { known: next, news };
}

function newsOf(
  others: KnownDevices,
  { user, userSince, key }: MetDevice,
): DeviceNews {
  const isSame = others.some((device) => device.userSince === userSince);
  const kind = isSame ? "device" : "account";
  const compared = others.some((device) => device.compared);
  return { kind, user, key, compared };
}

/** Whether somebody else may be behind it: to be said until it was read. */
export function isLoud({ kind, compared }: DeviceNews): boolean {
  return compared || kind === "account";
}

/** Two people have compared the number of that device, or take it back. */
export function mark(
  known: KnownDevices,
  key: DeviceKey,
  compared: boolean,
): KnownDevices {
  return known.map((one) => one.key === key ? { ...one, compared } : one);
}

/** The devices in what a store had kept; what does not read counts as none. */
export function storedDevices(row: unknown): KnownDevice[] {
  return Array.isArray(row) ? row.map(dated).filter(isKnown) : [];
}

/** The news in what a store had kept, or none. */
export function storedNews(row: unknown): DeviceNews[] {
  return isNews(row) ? [row] : [];
}

/** Rows of before say no time: their person was met long ago. */
function dated(value: unknown): unknown {
  return { firstMetAt: 0, ...(value ?? {}) };
}

function isKnown(value: unknown): value is KnownDevice {
  const { key, userSince, firstMetAt, compared } = value as Partial<
    KnownDevice
  >;
  return isDeviceKey(key) && Number.isInteger(userSince) &&
    Number.isInteger(firstMetAt) && typeof compared === "boolean";
}

function isNews(value: unknown): value is DeviceNews {
  const { kind, user, key, compared } = (value ?? {}) as Partial<DeviceNews>;
  return (kind === "device" || kind === "account") &&
    typeof user === "string" && isDeviceKey(key) &&
    typeof compared === "boolean";
}

function bounded(devices: KnownDevice[]): KnownDevice[] {
  if (devices.length <= DEVICES_PER_USER_MAX) return devices;
  const dropped = devices.find(({ compared }) => !compared) ?? devices[0];
  return devices.filter((device) => device !== dropped);
}
