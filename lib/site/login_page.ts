/**
 * The login page filled in: where it leads, and after a failed try its reason,
 * in the language of the page, and the name that was typed. Pure: the page
 * itself says where it is filled, by marks.
 * @module
 */
import type { ErrorCode } from "../wire/wire_error.ts";
import { errorNotice, fillMarks } from "./fill.ts";
import type { Language } from "./negotiate.ts";
import { SIGNED_IN_MARK, signedInNotice } from "./signed_in.ts";

type Sentences = Partial<Record<ErrorCode, string>> & { internal: string };

const SENTENCES: Record<Language, Sentences> = {
  en: {
    "wrong-credentials":
      "Username or password is wrong. Check both and try again.",
    "local-account-only":
      "The account that comes with the program works on the server itself only, at 127.0.0.1. Whoever runs the server makes yours there: deno task user add NAME",
    "too-many-requests":
      "Too many wrong passwords. Wait a minute and try again.",
    "unavailable": "The server is busy. Try again in a few seconds.",
    "bad-message": "Fill in username and password, then try again.",
    "body-too-large": "Username or password is far too long.",
    "internal": "Something went wrong on the server. Try again.",
  },
  vi: {
    "wrong-credentials":
      "Sai tên đăng nhập hoặc mật khẩu. Hãy kiểm tra và thử lại.",
    "local-account-only":
      "Tài khoản có sẵn của chương trình chỉ dùng được trên chính máy chủ, tại 127.0.0.1. Người quản lý máy chủ tạo tài khoản cho bạn ở đó: deno task user add TÊN",
    "too-many-requests":
      "Sai mật khẩu quá nhiều lần. Hãy đợi một phút rồi thử lại.",
    "unavailable": "Máy chủ đang bận. Hãy thử lại sau vài giây.",
    "bad-message": "Hãy điền tên đăng nhập và mật khẩu rồi thử lại.",
    "body-too-large": "Tên đăng nhập hoặc mật khẩu quá dài.",
    "internal": "Máy chủ gặp lỗi. Hãy thử lại.",
  },
};

export interface LoginFill {
  next: string;
  /** As typed in the last try; the password is never sent back. */
  username?: string | undefined;
  /** Whether the box was ticked. */
  keep?: boolean | undefined;
  code?: ErrorCode | undefined;
  /** Who is logged in in this browser. */
  signedIn?: string | undefined;
  language: Language;
}

export function fillLoginPage(
  page: string,
  { next, username = "", keep = false, code, signedIn, language }: LoginFill,
): string {
  const sentences = SENTENCES[language];
  const sentence = code && (sentences[code] ?? sentences.internal);
  return fillMarks(page, {
    text: { next, username, keep: keep ? "checked" : "" },
    markup: {
      "login-error": errorNotice(sentence),
      [SIGNED_IN_MARK]: signedInNotice(signedIn, { page: "login", language }),
    },
  });
}
