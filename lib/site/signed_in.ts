/**
 * Who is logged in already, on the pages where one logs in: the form there
 * takes that person's place in this browser. Pure.
 * @module
 */
import { escapeHtml } from "./fill.ts";
import type { Language } from "./negotiate.ts";

/** The mark that such a page has. */
export const SIGNED_IN_MARK = "signed-in";

type Sentence = (user: string) => string;

const SENTENCES: Record<Language, Record<"login" | "join", Sentence>> = {
  en: {
    login: (user) =>
      `You are logged in as ${user}: <a href="/chat.html">go to the chat</a>. Logging in with another account logs ${user} out of this browser.`,
    join: (user) =>
      `You are logged in as ${user}: <a href="/chat.html">go to the chat</a>. Making another account here logs ${user} out of this browser, and the new one in.`,
  },
  vi: {
    login: (user) =>
      `Bạn đang đăng nhập với tên ${user}: <a href="/chat.html">vào trò chuyện</a>. Đăng nhập bằng tài khoản khác sẽ đăng xuất ${user} khỏi trình duyệt này.`,
    join: (user) =>
      `Bạn đang đăng nhập với tên ${user}: <a href="/chat.html">vào trò chuyện</a>. Tạo tài khoản khác ở đây sẽ đăng xuất ${user} khỏi trình duyệt này và đăng nhập bằng tài khoản mới.`,
  },
};

/** The notice on `page`, or nothing where nobody is logged in. */
export function signedInNotice(
  user: string | undefined,
  { page, language }: { page: "login" | "join"; language: Language },
): string {
  if (user === undefined) return "";
  const sentence = SENTENCES[language][page](`<bdi>${escapeHtml(user)}</bdi>`);
  return `<div class="notice"><p class="notice-text">${sentence}</p></div>`;
}
