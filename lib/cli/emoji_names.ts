/**
 * Emoji by names that a keyboard has, for those who can't type them. Pure.
 * @module
 */

const EMOJI_NAMES: Record<string, string> = {
  "+1": "👍",
  heart: "❤️",
  laugh: "😂",
  party: "🎉",
  thanks: "🙏",
  eyes: "👀",
  yes: "✅",
  no: "❌",
  clap: "👏",
  fire: "🔥",
  rocket: "🚀",
  smile: "😊",
  think: "🤔",
  wow: "😮",
  sad: "😢",
  cry: "😭",
  angry: "😡",
  "-1": "👎",
  wave: "👋",
  strong: "💪",
};

/** The emoji that `typed` names, as `heart` or `:heart:`; else what it is. */
export function emojiOf(typed: string): string {
  const name = typed.toLowerCase().replace(/^:(.+):$/, "$1");
  return Object.hasOwn(EMOJI_NAMES, name) ? EMOJI_NAMES[name] ?? typed : typed;
}

/** Those whose names begin so, the more usual ones first. */
export function emojiBeginning(begun: string): string[] {
  const name = begun.toLowerCase().replace(/^:/, "");
  return Object.entries(EMOJI_NAMES)
    .flatMap(([known, emoji]) => known.startsWith(name) ? [emoji] : []);
}
