/**
 * Who is in a channel, as lines of a terminal: a person by name, each of their
 * devices by its tag. Pure.
 * @module
 */
import type { Chat, Person } from "../mesh/chat.ts";
import { tagOf } from "../mesh/device_tag.ts";
import type { DeviceKey } from "../wire/device_key.ts";
import type { Colours } from "./colours.ts";
import { plainLine } from "./plain_text.ts";
import { widthOf } from "./prompt.ts";

export interface PeerStyle {
  colours: Colours;
  self: Chat["self"];
  isCompared(device: DeviceKey): boolean;
}

/** Ourselves, and then the others. */
export function peerLines(
  people: readonly Person[],
  { colours, self, isCompared }: PeerStyle,
): string[] {
  const rows = [
    { ...self, how: "this terminal" },
    ...people.map((person) => ({ ...person, how: howReached(person) })),
  ];
  const width = Math.max(...rows.map(({ user }) => widthOf(plainLine(user))));
  return rows.map(({ user, peer, device, how }) => {
    const name = plainLine(user);
    const blank = " ".repeat(width - widthOf(name));
    const tag = tagOf(device ?? peer);
    const mark = device && isCompared(device) ? ", compared" : "";
    const rest = `${tag}  ${how}${mark}`;
    return `  ${colours.person(name)}${blank}  ${colours.dim(rest)}`;
  });
}

function howReached({ state, problem }: Person): string {
  return problem === undefined ? state : `${state} (${problem})`;
}
