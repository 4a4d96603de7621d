/**
 * A person's initials on a colour that follows from their name: the same on
 * every screen, without a picture to fetch. Decorative: the name stands beside.
 * @module
 */

/** As many as app.css has classes `avatar-0`, `avatar-1`… */
export const AVATAR_COLOURS = 8;

/** First letters of the first and the last word: `Nguyễn Văn An` -> `NA`. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== "");
  const first = [...(words[0] ?? "?")][0] ?? "?";
  const last = words.length > 1 ? [...(words.at(-1) ?? "")][0] ?? "" : "";
  return (first + last).normalize("NFC").toLocaleUpperCase();
}

/** 0 to AVATAR_COLOURS - 1; equal names are equal. */
export function colourOf(name: string): number {
  let hash = 0;
  for (const letter of name.normalize("NFC")) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return (hash >>> 14) % AVATAR_COLOURS;
}

export function Avatar({ name, small }: { name: string; small?: boolean }) {
  const size = small === true ? " avatar-small" : "";
  return (
    <span class={`avatar avatar-${colourOf(name)}${size}`} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}
