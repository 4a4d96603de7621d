/**
 * The page for the invited filled in: the token that the form sends back, the
 * name as it was typed, and why a try failed. Pure.
 * @module
 */
import type { ErrorCode } from "../wire/wire_error.ts";
import { errorNotice, fillMarks } from "./fill.ts";
import type { Language } from "./negotiate.ts";
import { PASSWORD_SENTENCES } from "./password_sentences.ts";
import { SIGNED_IN_MARK, signedInNotice } from "./signed_in.ts";

type Sentences = Partial<Record<ErrorCode, string>> & { internal: string };

const SENTENCES: Record<Language, Sentences> = {
  en: {
    ...PASSWORD_SENTENCES.en,
    "bad-username":
      "This name can't be used: 1 to 32 visible characters, with single spaces inside at most.",
    "username-taken": "Somebody has this name already. Choose another one.",
    "unavailable": "The server is busy. Try again in a few seconds.",
    "bad-message":
      "The form did not arrive whole. Open your link again and fill it in.",
    "body-too-large":
      "Name or password is far too long. Open your link again and choose shorter ones.",
    "internal": "Something went wrong on the server. Try again.",
  },
  vi: {
    ...PASSWORD_SENTENCES.vi,
    "bad-username":
      "Không dùng được tên này: từ 1 đến 32 ký tự nhìn thấy được, giữa các từ chỉ một dấu cách.",
    "username-taken": "Tên này đã có người dùng. Hãy chọn tên khác.",
    "unavailable": "Máy chủ đang bận. Hãy thử lại sau vài giây.",
    "bad-message": "Biểu mẫu gửi đi bị thiếu. Hãy mở lại liên kết và điền vào.",
    "body-too-large":
      "Tên hoặc mật khẩu quá dài. Hãy mở lại liên kết và chọn ngắn hơn.",
    "internal": "Máy chủ gặp lỗi. Hãy thử lại.",
  },
};

export interface JoinPageFill {
  invite: string;
  /** As typed in the last try; the password is never sent back. */
  username?: string | undefined;
  code?: ErrorCode | undefined;
  /** Who is logged in in this browser. */
  signedIn?: string | undefined;
  language: Language;
}

export function fillJoinPage(
  page: string,
  { invite, username = "", code, signedIn, language }: JoinPageFill,
): string {
  const sentences = SENTENCES[language];
  const sentence = code && (sentences[code] ?? sentences.internal);
  return fillMarks(page, {
    text: { invite, username },
    markup: {
      "join-error": errorNotice(sentence, fieldOf(code)),
      [SIGNED_IN_MARK]: signedInNotice(signedIn, { page: "join", language }),
    },
  });
}

/** The id of the field that a refusal is about. */
function fieldOf(code: ErrorCode | undefined): string | undefined {
  if (code?.startsWith("password-")) return "password";
  return code?.includes("username") ? "username" : undefined;
}
