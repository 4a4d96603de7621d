/**
 * The texts of the pages around the chat, in both languages: the front page,
 * the login, the account. Apart from words.ts, so that these pages need not
 * load what only the chat says.
 * @module
 */

export type Language = "en" | "vi";

/** The language of a page's `<html lang>`; English where it is none of ours. */
export function languageOf(lang: string): Language {
  return lang.toLowerCase().split("-")[0] === "vi" ? "vi" : "en";
}

/** What failed, and what to do next. */
export interface Advice {
  sentence: string;
  next: string;
}

export interface SiteWords {
  goToChat: string;
  logIn: string;
  logOut: string;
  loggedInAs: string;
  showPassword: string;
  hidePassword: string;
  loggingIn: string;
  joining: string;
  changing: string;
  noAnswer: string;
  account: string;
  plainHttp: Advice;
  dismiss: string;
}

export const siteWords: Record<Language, SiteWords> = {
  en: {
    goToChat: "💬 Go to Chat",
    logIn: "🔐 Login",
    logOut: "Log out",
    loggedInAs: "Logged in as",
    showPassword: "Show password",
    hidePassword: "Hide password",
    loggingIn: "Logging in…",
    joining: "Making your account…",
    changing: "Changing…",
    noAnswer: "The server does not answer. Try again, or reload the page.",
    account: "Your account",
    plainHttp: {
      sentence: "The connection to this server is not encrypted.",
      next:
        "Someone on the same network could read your login. What people write to each other still travels encrypted from browser to browser.",
    },
    dismiss: "Dismiss",
  },
  vi: {
    goToChat: "💬 Vào trò chuyện",
    logIn: "🔐 Đăng nhập",
    logOut: "Đăng xuất",
    loggedInAs: "Đang đăng nhập với tên",
    showPassword: "Hiện mật khẩu",
    hidePassword: "Ẩn mật khẩu",
    loggingIn: "Đang đăng nhập…",
    joining: "Đang tạo tài khoản…",
    changing: "Đang đổi…",
    noAnswer: "Máy chủ không trả lời. Hãy thử lại, hoặc tải lại trang.",
    account: "Tài khoản của bạn",
    plainHttp: {
      sentence: "Kết nối tới máy chủ này không được mã hoá.",
      next:
        "Người khác trong cùng mạng có thể đọc được thông tin đăng nhập của bạn. Tin nhắn thì vẫn được mã hoá khi đi từ trình duyệt này sang trình duyệt kia.",
    },
    dismiss: "Đã hiểu",
  },
};
