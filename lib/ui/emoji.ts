/**
 * The emoji to react with. Screen readers have their names in each language.
 * @module
 */

export const QUICK_EMOJI = ["👍", "❤️", "😂"];

export const EMOJI_COLUMNS = 8;
/** In rows of eight: faces, hearts and hands, then things. */
export const EMOJI = [
  ..."😀 😄 😂 🤣 😊 😍 🥰 😎".split(" "),
  ..."🙂 😉 😋 🤔 😮 😢 😭 😡".split(" "),
  ..."👍 👎 👏 🙌 🙏 👋 💪 🤝".split(" "),
  ..."❤️ 💛 💚 💙 💔 🎉 🎂 🌹".split(" "),
  ..."🔥 ⭐ ☀️ 🚀 💡 👀 💯 🎁".split(" "),
  ..."✅ ❌ ❓ ❗ ☕ 🍜 🧋 ⚽".split(" "),
];
