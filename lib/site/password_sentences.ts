/**
 * Why a password can't be chosen, for the pages on which one is.
 * @module
 */
import type { ErrorCode } from "../wire/wire_error.ts";
import type { Language } from "./negotiate.ts";

type Code = Extract<ErrorCode, `password-${string}`>;

export const PASSWORD_SENTENCES: Record<Language, Record<Code, string>> = {
  en: {
    "password-too-short":
      "This password is too short: it needs at least 8 characters.",
    "password-too-long": "This password is too long: 1,024 bytes at most.",
    "password-control-character":
      "This password has a line break or another character that can't be typed.",
    "password-repeats":
      "This password repeats the same few characters. Choose one that is harder to guess.",
    "password-same": "This is the password that you have. Choose another one.",
    "password-sequence":
      "This password follows the keyboard, the alphabet or the numbers. Choose one that is harder to guess.",
    "password-digits-only":
      "A password of digits only needs at least 12 of them. Add some words.",
    "password-contains-name":
      "This password is little more than the name. Choose one that is harder to guess.",
    "password-common":
      "This password is among those that are tried first. Choose one that is harder to guess: a few words together are good.",
  },
  vi: {
    "password-too-short": "Mật khẩu này quá ngắn: cần ít nhất 8 ký tự.",
    "password-too-long": "Mật khẩu này quá dài: tối đa 1.024 byte.",
    "password-control-character":
      "Mật khẩu này có dấu xuống dòng hoặc một ký tự không gõ được.",
    "password-repeats":
      "Mật khẩu này lặp lại vài ký tự. Hãy chọn mật khẩu khó đoán hơn.",
    "password-same": "Đây là mật khẩu đang dùng. Hãy chọn mật khẩu khác.",
    "password-sequence":
      "Mật khẩu này đi theo thứ tự bàn phím, chữ cái hoặc số. Hãy chọn mật khẩu khó đoán hơn.",
    "password-digits-only":
      "Mật khẩu chỉ gồm chữ số thì cần ít nhất 12 chữ số. Hãy thêm vài từ.",
    "password-contains-name":
      "Mật khẩu này gần như chỉ là tên. Hãy chọn mật khẩu khó đoán hơn.",
    "password-common":
      "Mật khẩu này nằm trong số những mật khẩu bị đoán trước tiên. Hãy chọn mật khẩu khó đoán hơn: ghép vài từ lại là tốt.",
  },
};
