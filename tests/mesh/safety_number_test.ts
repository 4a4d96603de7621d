import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { safetyNumber } from "../../lib/mesh/safety_number.ts";
import { KEY_A, KEY_B } from "../conformance/key_store.ts";
import { newSigner, testKeys } from "../tools/test_device.ts";

Deno.test("safetyNumber() is twelve groups of five digits, the same on both sides", async () => {
  const one = await safetyNumber(KEY_A, KEY_B, testKeys);
  assert.equal(one.length, 12);
  assert.ok(one.every((group) => /^\d{5}$/.test(group)), one.join(" "));
  assert.deepEqual(await safetyNumber(KEY_B, KEY_A, testKeys), one);
});

Deno.test("safetyNumber() is SHA-256 over both keys in order, as PROTOCOL.md says", async () => {
  const hex = createHash("sha256")
    .update(`weaprous-safety-number-1\n${KEY_A}\n${KEY_B}\n`).digest("hex");
  const digits = (BigInt(`0x${hex}`) % 10n ** 60n).toString().padStart(60, "0");
  const number = await safetyNumber(KEY_B, KEY_A, testKeys);
  assert.equal(number.join(""), digits);
});

Deno.test("safetyNumber() keeps its leading zeros", async () => {
  const sha256 = () => Uint8Array.of(...new Uint8Array(31), 7);
  const number = await safetyNumber(KEY_A, KEY_B, { sha256 });
  assert.deepEqual(number, [...Array(11).fill("00000"), "00007"]);
});

Deno.test("safetyNumber() is another one with somebody in the middle", async () => {
  const [alice, bob, between] = [
    (await newSigner()).key,
    (await newSigner()).key,
    (await newSigner()).key,
  ];
  const seenByAlice = await safetyNumber(alice, between, testKeys);
  const seenByBob = await safetyNumber(between, bob, testKeys);
  assert.notDeepEqual(seenByAlice, seenByBob);
});
