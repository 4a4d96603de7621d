/** The server's own key in its file. @module */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { openDatabase } from "../../lib/auth/database.ts";
import { openServerKey } from "../../lib/auth/server_key.ts";
import { isDeviceKey } from "../../lib/wire/device_key.ts";
import { testKeys } from "../tools/test_device.ts";
import { Opener } from "./_opener.ts";

function withDir(use: (dir: string, file: string) => void | Promise<void>) {
  return async () => {
    const dir = await Deno.makeTempDir();
    try {
      await use(dir, `${dir}/identity.key`);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  };
}

function open(dir: string) {
  const database = openDatabase(dir);
  try {
    return openServerKey(dir, database);
  } finally {
    database.close();
  }
}

Deno.test(
  "openServerKey() makes a key that only its owner reads, and keeps it",
  withDir(async (dir, file) => {
    const made = open(dir);
    assert.equal(isDeviceKey(made.key), true);
    const { mode } = await Deno.stat(file);
    if (Deno.build.os !== "windows") assert.equal((mode ?? 0) & 0o777, 0o600);
    const text = await Deno.readTextFile(file);
    assert.match(text, /^-----BEGIN PRIVATE KEY-----\n[^-]+\n-----END/);
    const again = open(dir);
    assert.equal(again.key, made.key);
    assert.deepEqual(again.secretFor("a"), made.secretFor("a"));
    assert.equal(await Deno.readTextFile(file), text);
    const left = Array.from(Deno.readDirSync(dir), ({ name }) => name);
    assert.deepEqual(left.sort(), ["identity.key", "weaprous.db"]);
  }),
);

Deno.test(
  "a server key signs what others can check, and gives each purpose its secret",
  withDir(async (dir) => {
    const { key, sign, secretFor } = open(dir);
    const bytes = new TextEncoder().encode("Chào");
    assert.equal(await testKeys.verify(key, bytes, sign(bytes)), true);
    assert.equal(secretFor("a").length, 32);
    assert.notDeepEqual(secretFor("a"), secretFor("b"));
  }),
);

Deno.test(
  "openServerKey() takes a key that openssl made",
  withDir(async (dir, file) => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    await Deno.writeTextFile(file, String(pem).replaceAll("\n", "\r\n"));
    assert.equal(open(dir).key, privateKey.export({ format: "jwk" }).x);
  }),
);

Deno.test(
  "openServerKey() finishes what a crash left half-made",
  withDir(async (dir, file) => {
    await Deno.writeTextFile(`${file}.tmp`, "-----BEGIN PRIV", { mode: 0o600 });
    const { key } = open(dir);
    assert.equal(open(dir).key, key);
  }),
);

Deno.test(
  "openServerKey() refuses a damaged file in a sentence and leaves it as it is",
  withDir(async (dir, file) => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
    const damaged = [
      ...["", "nonsense", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ"],
      String(rsa.export({ type: "pkcs8", format: "pem" })),
    ];
    for (const text of damaged) {
      await Deno.writeTextFile(file, text);
      assert.throws(() => open(dir), {
        message: `Cannot open the server's key ${file}: the file is damaged. ` +
          "Restore a copy, or move it away: a new key is made then, and every " +
          "device gets a new certificate",
      });
      assert.equal(await Deno.readTextFile(file), text);
    }
  }),
);

Deno.test(
  "openServerKey() gives several processes one key, made at the same moment",
  withDir(async (dir) => {
    const script = "open_server_key_process.ts";
    const openers = Array.from({ length: 3 }, () => new Opener(script));
    await Promise.all(openers.map((opener) => opener.said()));
    for (let round = 0; round < 40; round++) {
      const answers = openers.map((opener) => opener.open(`${dir}/${round}`));
      const keys = new Set(await Promise.all(answers));
      assert.equal(keys.size, 1, [...keys].join(", "));
      assert.ok([...keys].every(isDeviceKey), [...keys].join(", "));
    }
    await Promise.all(openers.map((opener) => opener.end()));
  }),
);
