/**
 * Which passwords may be chosen: long enough to be worth a guess, and none of
 * those that are guessed first. Nothing here looks at a password that is in use,
 * and nothing changes one: what is accepted is kept byte for byte.
 * @module
 */
import { accountKey } from "./accounts.ts";
import { isCommonPassword } from "./common_passwords.ts";

export const PASSWORD_BYTES_MIN = 8;
export const PASSWORD_BYTES_MAX = 1_024;
/** Phone numbers, dates and counting: a computer tries all of them. */
const DIGITS_ONLY_MIN = 12;
/** A run or a repeated piece that leaves fewer characters to guess is refused. */
const UNREPEATED_MIN = 5;

export type PasswordFault =
  | "too-short"
  | "too-long"
  | "control-character"
  | "repeats"
  | "sequence"
  | "digits-only"
  | "contains-name"
  | "common";

/** What follows "Cannot use this password: ". */
export const PASSWORD_FAULTS: Record<PasswordFault, string> = {
  "too-short": `it is shorter than ${PASSWORD_BYTES_MIN} bytes`,
  "too-long": `it is longer than ${PASSWORD_BYTES_MAX} bytes`,
  "control-character":
    "it has a line break or another character that no login form takes",
  "repeats": "it repeats the same few characters",
  "sequence": "it follows the keyboard, the alphabet or the numbers",
  "digits-only":
    `it is digits only, and of these fewer than ${DIGITS_ONLY_MIN}`,
  "contains-name": "it is little more than the user name",
  "common": "it is among those that are tried first",
};

/** Rows that fingers run along; they count backwards, too. */
const ROWS = [
  "01234567890123456789",
  "abcdefghijklmnopqrstuvwxyz",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "azertyuiop",
  "qsdfghjklm",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
  "1q2w3e4r5t6y7u8i9o0p",
  "q1w2e3r4t5y6u7i8o9p0",
  "qazwsxedcrfvtgbyhnujmikolp",
];
/** A shorter piece of a row is no run. */
const RUN_CHARS_MIN = 4;

/**
 * Words that stand in passwords with nothing but figures and signs around them,
 * without accents and in lower case. Lists of passwords elsewhere know hardly
 * any Vietnamese.
 */
const COMMON_WORDS = new Set(
  `password passwort passwd pass secret login logon signin welcome admin
  administrator root user guest test testing tester default changeme letmein
  access master server system computer internet network office school student
  teacher class welcometo hello hellothere iloveyou ilove loveyou love lovely
  sunshine princess monkey dragon football baseball basketball soccer superman
  batman spiderman pokemon starwars shadow michael jordan daniel jessica ashley
  charlie thomas freedom whatever trustno trustme trustnoone nothing something
  flower summer winter spring autumn january february march april june july
  august september october november december monday tuesday wednesday thursday
  friday saturday sunday google facebook youtube samsung iphone android windows
  linux ubuntu debian qwerty azerty mustang ferrari porsche mercedes liverpool
  arsenal chelsea manchester barcelona realmadrid juventus cookie chocolate
  cheese banana orange purple silver golden diamond killer hunter ranger ninja
  matrix phoenix eagle tiger lion wolf panther jesus christ angel heaven
  blessed family mother father sister brother friend friends forever together
  money dollar lucky happy smile peace chat chatroom weaprous abc abcd abcabc
  matkhau matkhaumoi matkhaucu dangnhap taikhoan quantri quantrivien nguoidung
  xinchao chaoban chaomung tamthoi macdinh khongbiet khongco khongnho quenroi
  anhyeuem emyeuanh yeuem yeuanh yeuemnhieu yeuanhnhieu anhnhoem emnhoanh
  iuem iuanh toiyeuem toiyeuban tinhyeu yeuthuong yeumaimai maimai mottinhyeu
  vietnam vietnamvodich hanoi saigon hochiminh tphcm danang haiphong cantho hue
  dalat nhatrang viettel mobifone vinaphone vnpt zalo bachkhoa daihoc sinhvien
  hocsinh lophoc giaovien thaygiao cogiao truonghoc congty vanphong giadinh
  bome chame bame conyeu meyeu boyeu vochong anhem banbe hanhphuc maymanh
  phattai phatloc sucmanh thanhcong nguyen nguyenvan nguyenthi tranvan tranthi
  levan lethi phamvan phamthi hoang huynh phuong phuongthao thanh thao trang
  linh minh minhanh tuan tuananh hung dung hieu hoa huong lan mai ngoc nhung
  quang quynh son thang thuy trung tung uyen yen ngan nam long khanh khoa duc
  duy dat cuong chi binh bao anh an deptrai xinhgai emdep congchua hoangtu
  meocon concho conmeo conheo conga consau lienminh lienquan garena freefire`
    .split(/\s+/),
);

/** What people write in place of letters. */
const LOOKALIKES: Record<string, string> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  "$": "s",
  "!": "i",
};

/** The first rule that `password` breaks; undefined where it may be chosen. */
export async function passwordFault(
  password: string,
  username: string,
): Promise<PasswordFault | undefined> {
  const fault = ruleBroken(password, username);
  if (fault !== undefined) return fault;
  const folded = fold(password);
  const guesses = [password.normalize("NFKC"), folded, unrepeated(folded)];
  const common = await Promise.all(guesses.map(isCommonPassword));
  return common.includes(true) ? "common" : undefined;
}

function ruleBroken(
  password: string,
  username: string,
): PasswordFault | undefined {
  const bytes = new TextEncoder().encode(password).length;
  if (bytes < PASSWORD_BYTES_MIN) return "too-short";
  if (bytes > PASSWORD_BYTES_MAX) return "too-long";
  if (/\p{Cc}/u.test(password)) return "control-character";
  const folded = fold(password);
  for (const text of [password, folded]) {
    if (isShortened(text, unrepeated(text))) return "repeats";
  }
  if (isShortened(folded, withoutRuns(folded))) return "sequence";
  if (/^\d+$/.test(folded) && folded.length < DIGITS_ONLY_MIN) {
    return "digits-only";
  }
  if (isMade(folded, (word) => isName(word, username))) return "contains-name";
  return isMade(folded, (word) => COMMON_WORDS.has(word))
    ? "common"
    : undefined;
}

function isShortened(whole: string, left: string): boolean {
  return left !== whole && left.length < UNREPEATED_MIN;
}

/** Lower case, no accents, no blanks: how a list of guesses is written. */
function fold(text: string): string {
  return accountKey(text).normalize("NFKD").replace(/[\p{M}\s]/gu, "")
    .replaceAll("đ", "d");
}

/** The piece that `text` is a repetition of, or else `text`. */
function unrepeated(text: string): string {
  for (let length = 1; length <= text.length / 2; length++) {
    const piece = text.slice(0, length);
    const times = Math.ceil(text.length / length);
    if (piece.repeat(times).startsWith(text)) return piece;
  }
  return text;
}

/** `text` with each run along a row taken for one character. */
function withoutRuns(text: string): string {
  let left = "";
  for (let at = 0; at < text.length;) {
    left += text[at];
    at += Math.max(1, runLength(text.slice(at)));
  }
  return left;
}

/** How far the start of `text` follows a row; 0 where that is no run. */
function runLength(text: string): number {
  let longest = 0;
  for (const row of ROWS) {
    for (const line of [row, [...row].reverse().join("")]) {
      const from = line.indexOf(text.slice(0, RUN_CHARS_MIN));
      if (from === -1 || text.length < RUN_CHARS_MIN) continue;
      let length = RUN_CHARS_MIN;
      while (
        length < text.length && line[from + length] === text[length]
      ) length++;
      longest = Math.max(longest, length);
    }
  }
  return longest;
}

/**
 * Whether a word that `known` knows is all there is but for figures and signs
 * around it, be it written once or again and again, plainly or in look-alikes.
 */
function isMade(folded: string, known: (word: string) => boolean): boolean {
  const core = folded.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
  const spelled = (text: string) =>
    [...text].map((sign) => LOOKALIKES[sign] ?? sign).join("")
      .replace(/[^\p{L}]/gu, "");
  const words = [
    core,
    core.replace(/[^\p{L}]/gu, ""),
    // "p@ssw0rd123" ends in figures, "passw0rd" and "adm1n1" in letters.
    spelled(folded),
    spelled(folded.replace(/[^\p{L}@$!]+$/u, "")),
    spelled(core),
  ];
  return words.some((word) => known(word) || known(unrepeated(word)));
}

function isName(word: string, username: string): boolean {
  const name = fold(username).replace(/[^\p{L}]/gu, "");
  if (name === "") return false;
  return word === name || word === [...name].reverse().join("");
}
