/**
 * The devices that each person was met with before, and which of them were
 * compared; whether one that is met now is news. Pure; stores keep the rows.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";

/** Of one person; the one met longest ago is forgotten first, compared last. */
export const DEVICES_PER_USER_MAX = 32;

export interface KnownDevice {
  key: DeviceKey;
  /** When the account was made, as its certificate says. */
  userSince: number;
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

/** What is known once that device was met, and what is new about it. */
export function meet(
  known: KnownDevices,
  { user, userSince, key }: MetDevice,
): { known: KnownDevices; news?: DeviceNews } {
  const before = known.find((device) => device.key === key);
  const others = known.filter((device) => device.key !== key);
  const met = { key, userSince, compared: before?.compared ?? false };
  const next = bounded([...others, met]);
  if (before !== undefined || others.length === 0) return { known: next };
  const isSame = others.some((device) => device.userSince === userSince);
  const kind = isSame ? "device" : "account";
  const compared = others.some((device) => device.compared);
  return { known: next, news: { kind, user, key, compared } };
}

/** Two people have compared the number of that device, or take it back. */
export function mark(
  known: KnownDevices,
  key: DeviceKey,
  compared: boolean,
): KnownDevices {
  return known.map((one) => one.key === key ? { ...one, compared } : one);
}

function bounded(devices: KnownDevice[]): KnownDevice[] {
  if (devices.length <= DEVICES_PER_USER_MAX) return devices;
  const dropped = devices.find(({ compared }) => !compared) ?? devices[0];
  return devices.filter((device) => device !== dropped);
}
