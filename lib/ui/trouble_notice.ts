/**
 * From the leg that fails to what a person reads: a sentence, what to do next,
 * and the one button that helps.
 * @module
 */
import type { Trouble } from "../mesh/chat.ts";
import type { PageWords } from "./words_later.ts";
import type { Advice } from "./site_words.ts";

/** What the button of a notice does. */
export type Remedy = "retry" | "log-in" | "reload" | "none";

export interface Notice extends Advice {
  remedy: Remedy;
}

const REMEDIES: Record<Exclude<Trouble, "none">, Remedy> = {
  "no-webrtc": "none",
  "no-server": "retry",
  "no-tracker": "retry",
  "moved": "reload",
  "signed-out": "log-in",
  "too-many-requests": "none",
  "no-peer": "retry",
};

/** The banner for a trouble; undefined where all legs work. */
export function troubleNotice(
  trouble: Trouble,
  words: PageWords,
): Notice | undefined {
  if (trouble === "none") return undefined;
  const advice = trouble === "no-server"
    ? words.noServer
    : words.trouble[trouble];
  return { ...advice, remedy: REMEDIES[trouble] };
}
