/**
 * The number that two people compare to know that nobody sits between them. It
 * is that of two devices, not of two users: both ends of a link know both keys
 * for sure, while neither knows all devices of the other, and a number over
 * those would change whenever one more is heard of.
 * @module
 */
import type { DeviceKey } from "../wire/device_key.ts";
import type { Keys } from "./keys.ts";

export const SAFETY_DIGITS = 60;
const GROUP_DIGITS = 5;

/** Twelve groups of five digits, the same on both sides. */
export async function safetyNumber(
  one: DeviceKey,
  other: DeviceKey,
  hasher: Pick<Keys, "sha256">,
): Promise<string[]> {
  const lines = ["weaprous-safety-number-1", ...[one, other].sort()];
  const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
  const hex = Array.from(
    await hasher.sha256(bytes),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  // 2^256 is so much more than 10^60 that all numbers are as likely.
  const number = BigInt(`0x${hex}`) % 10n ** BigInt(SAFETY_DIGITS);
  const digits = number.toString().padStart(SAFETY_DIGITS, "0");
  return digits.match(new RegExp(`.{${GROUP_DIGITS}}`, "g")) ?? [];
}
