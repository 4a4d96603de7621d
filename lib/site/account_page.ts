/**
 * The account page filled in: whose it is, where they are logged in, what was
 * just done or refused. Times are in UTC; the page's script, where there is
 * one, puts them into the reader's zone. Pure.
 * @module
 */
import type { ErrorCode } from "../wire/wire_error.ts";
import { errorNotice, escapeHtml, fillMarks } from "./fill.ts";
import type { Language } from "./negotiate.ts";
import { PASSWORD_SENTENCES } from "./password_sentences.ts";

type Sentences = Partial<Record<ErrorCode, string>> & { internal: string };

interface Words {
  refused: Sentences;
  done: Record<string, string>;
  browserOn(name: string, system: string): string;
  unknownBrowser: string;
  here: string;
  loggedIn: string;
  lastSeen: string;
  logOut: string;
  logOutOthers: string;
  noOthers: string;
}

const WORDS: Record<Language, Words> = {
  en: {
    refused: {
      ...PASSWORD_SENTENCES.en,
      "wrong-password":
        "That is not your current password. Your password is as it was.",
      "too-many-requests":
        "Too many wrong passwords. Wait a minute and try again.",
      "unavailable": "The server is busy. Try again in a few seconds.",
      "bad-message": "Fill in both passwords, then try again.",
      "body-too-large": "This password is far too long.",
      "internal": "Something went wrong on the server. Try again.",
    },
    done: {
      password:
        "Your password is changed. Everywhere but in this browser you are logged out.",
      session: "That browser is logged out.",
      others: "Everywhere but in this browser you are logged out.",
    },
    browserOn: (name, system) => system === "" ? name : `${name} on ${system}`,
    unknownBrowser: "Unknown browser",
    here: "this browser",
    loggedIn: "logged in",
    lastSeen: "last seen",
    logOut: "Log out",
    logOutOthers: "Log out everywhere else",
    noOthers: "You are logged in nowhere else.",
  },
  vi: {
    refused: {
      ...PASSWORD_SENTENCES.vi,
      "wrong-password":
        "Đó không phải mật khẩu hiện tại của bạn. Mật khẩu vẫn như cũ.",
      "too-many-requests":
        "Sai mật khẩu quá nhiều lần. Hãy đợi một phút rồi thử lại.",
      "unavailable": "Máy chủ đang bận. Hãy thử lại sau vài giây.",
      "bad-message": "Hãy điền cả hai mật khẩu rồi thử lại.",
      "body-too-large": "Mật khẩu này quá dài.",
      "internal": "Máy chủ gặp lỗi. Hãy thử lại.",
    },
    done: {
      password:
        "Đã đổi mật khẩu. Bạn đã được đăng xuất ở mọi nơi khác ngoài trình duyệt này.",
      session: "Đã đăng xuất trình duyệt đó.",
      others: "Bạn đã được đăng xuất ở mọi nơi khác ngoài trình duyệt này.",
    },
    browserOn: (name, system) =>
      system === "" ? name : `${name} trên ${system}`,
    unknownBrowser: "Trình duyệt không rõ",
    here: "trình duyệt này",
    loggedIn: "đăng nhập",
    lastSeen: "thấy lần cuối",
    logOut: "Đăng xuất",
    logOutOthers: "Đăng xuất ở mọi nơi khác",
    noOthers: "Bạn không đăng nhập ở nơi nào khác.",
  },
};

/** One place where the person is logged in. */
export interface SessionRow {
  id: string;
  browser: { name: string; system: string };
  address: string;
  createdAt: number;
  seenAt: number;
  /** The one that asks. */
  current: boolean;
}

export interface AccountPageFill {
  user: string;
  sessions: SessionRow[];
  done?: string | undefined;
  code?: ErrorCode | undefined;
  language: Language;
}

export function fillAccountPage(page: string, fill: AccountPageFill): string {
  const { user, sessions, done = "", code, language } = fill;
  const words = WORDS[language];
  const refused = code && (words.refused[code] ?? words.refused.internal);
  const rows = sessions.map((session) => row(session, language)).join("\n");
  return fillMarks(page, {
    text: { user },
    markup: {
      "account-done": doneNotice(
        Object.hasOwn(words.done, done) ? words.done[done] : undefined,
      ),
      "account-error": errorNotice(refused, fieldOf(code)),
      "sessions": rows,
      "others": sessions.length > 1
        ? `<form method="post" action="/account/sessions/end-others">
  <button class="button" type="submit">${words.logOutOthers}</button>
</form>`
        : `<p class="quiet">${words.noOthers}</p>`,
    },
  });
}

/** The id of the field that a refusal is about. */
function fieldOf(code: ErrorCode | undefined): string | undefined {
  if (code?.startsWith("password-")) return "chosen";
  return code === "wrong-password" ? "current" : undefined;
}

function doneNotice(sentence: string | undefined): string {
  if (sentence === undefined) return "";
  return `<p class="notice" role="status">${escapeHtml(sentence)}</p>`;
}

function row(session: SessionRow, language: Language): string {
  const words = WORDS[language];
  const { name, system } = session.browser;
  const browser = escapeHtml(
    name === "" ? words.unknownBrowser : words.browserOn(name, system),
  );
  const address = escapeHtml(session.address);
  const here = session.current
    ? ` <span class="session-here">${words.here}</span>`
    : "";
  const times = [
    `${words.loggedIn} ${time(session.createdAt, language)}`,
    `${words.lastSeen} ${time(session.seenAt, language)}`,
  ].map((part) => `<span>${part}</span>`).join(" ");
  return `<li class="session">
  <div class="session-text">
    <p class="session-browser"><bdi>${browser}</bdi>${here}</p>
    <p class="session-facts"><span>${address}</span> ${times}</p>
  </div>
  ${session.current ? "" : endForm(session, `${browser}, ${address}`, words)}
</li>`;
}

function endForm({ id }: SessionRow, label: string, words: Words): string {
  return `<form method="post" action="/account/sessions/end">
    <input type="hidden" name="session" value="${escapeHtml(id)}">
    <button class="button" type="submit" aria-label="${words.logOut}: ${label}">${words.logOut}</button>
  </form>`;
}

function time(at: number, language: Language): string {
  const format = new Intl.DateTimeFormat(language === "en" ? "en-GB" : "vi", {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "UTC",
  });
  const iso = new Date(at).toISOString();
  return `<time datetime="${iso}">${format.format(at)} UTC</time>`;
}
