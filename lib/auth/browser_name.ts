/**
 * A User-Agent in words: "Firefox on Linux". What it says is the browser's own
 * claim, and proves nothing. Pure.
 * @module
 */
import Bowser from "bowser";

/** A browser that nobody knows gives itself a name of any length. */
const NAME_CHARS_MAX = 32;

export interface BrowserName {
  /** Empty where it can't be told. */
  name: string;
  /** Empty where it can't be told. */
  system: string;
}

export function browserNameOf(userAgent: string): BrowserName {
  // An empty one is an error to the library.
  const parsed = Bowser.getParser(userAgent === "" ? " " : userAgent);
  const [name, system] = [parsed.getBrowserName(), parsed.getOSName()]
    .map((word) => (word ?? "").slice(0, NAME_CHARS_MAX));
  return { name: name ?? "", system: system ?? "" };
}
