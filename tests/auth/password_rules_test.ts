/** The passwords that may be chosen. @module */
import assert from "node:assert/strict";
import {
  type PasswordFault,
  passwordFault,
} from "../../lib/auth/password_rules.ts";

async function check(
  fault: PasswordFault | undefined,
  passwords: string[],
): Promise<void> {
  const found = await Promise.all(
    passwords.map((password) => passwordFault(password, "Thảo An")),
  );
  assert.deepEqual(
    passwords.map((password, index) => [password, found[index]]),
    passwords.map((password) => [password, fault]),
  );
}

Deno.test("passwordFault() takes 8 to 1,024 bytes, not characters", async () => {
  await check("too-short", ["", "a1b2c3d", "bí ẩ"]);
  await check(undefined, [
    "k9 vQ x2",
    "bí ẩn ơi",
    `${"nước chảy ".repeat(60)}đá mòn`,
  ]);
  await check("too-long", [
    `${"nước chảy đá mòn ".repeat(60)}`.slice(0, 1_020),
  ]);
});

Deno.test("passwordFault() takes spaces, accents and signs wherever they are", async () => {
  await check(undefined, [
    "  con mèo nhỏ ngủ  ",
    "correct horse battery staple",
    "Tr0ub4dor&3x",
    "uống nước nhớ nguồn",
    "🌊 biển 🌊 rộng",
    "mypasswordhasalongtail",
  ]);
});

Deno.test("passwordFault() refuses what no login form can be given", async () => {
  await check("control-character", [
    "con mèo\nnhỏ",
    "con mèo\0nhỏ",
    "con\u001bmèonhỏ",
  ]);
});

Deno.test("passwordFault() refuses repetition", async () => {
  await check("repeats", [
    "aaaaaaaa",
    "abababab",
    "abcabcabc",
    "12121212",
    "ăăăăăăăă",
    "        ",
  ]);
});

Deno.test("passwordFault() refuses runs along keyboard, alphabet and numbers", async () => {
  await check("sequence", [
    "12345678",
    "0987654321",
    "abcdefgh",
    "hgfedcba",
    "QwErTyUiOp",
    "qwerty123456",
    "asdfghjkl",
    "1qaz2wsx",
    "1q2w3e4r5t",
    "abcd1234",
    "qwertyuiop!",
  ]);
});

Deno.test("passwordFault() refuses a few digits alone: dates, phone numbers", async () => {
  await check("digits-only", ["30041975", "0912876543", "２９０１２００４"]);
  await check(undefined, ["927401836625"]);
});

Deno.test("passwordFault() refuses the user name with figures around it", async () => {
  await check("contains-name", [
    "ThaoAn2004",
    "thảo an!",
    "naoaht99",
    "thao.an.1",
  ]);
  await check(undefined, ["Thảo An ở Đà Lạt"]);
  assert.equal(await passwordFault("927401836625", "99"), undefined);
});

Deno.test("passwordFault() refuses common words in English and Vietnamese", async () => {
  await check("common", [
    "password",
    "Password1!",
    "P@ssw0rd",
    "p@$$w0rd123",
    "passwordpassword",
    "adm1n1strator",
    "welcome@2024",
    "iloveyou",
    "I love you!",
    "letmein!!",
    "mật khẩu",
    "matkhau123",
    "Mật Khẩu Mới 1",
    "đăng nhập",
    "anhyeuem",
    "emyeuanh2",
    "vietnam123",
    "@Vietnam2024",
    "nguyenvan1",
    "deptrai99",
  ]);
});

Deno.test("passwordFault() refuses what lists of stolen passwords begin with", async () => {
  await check("common", [
    "corvette",
    "scorpion",
    "Midnight",
    "TRUSTNO1",
    "rush2112",
    "blink182",
    "fuckyou2",
    "slipknot",
    "ｓｌｉｐｋｎｏｔ",
    "gandalf gandalf",
  ]);
  await check(undefined, ["scorpion am Gürtel", "2112 rushes by"]);
});
