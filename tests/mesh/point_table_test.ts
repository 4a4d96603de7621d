import assert from "node:assert/strict";
import { Point } from "@noble/ed25519";
import { PointTable } from "../../lib/mesh/_point_table.ts";

const GROUP_ORDER = Point.CURVE().n;

Deno.test("PointTable.multiply() is what the library says, whatever the digits", () => {
  const point = Point.BASE.multiply(123_456_789n);
  const table = new PointTable(point);
  const numbers = [
    ...[0n, 1n, 7n, 8n, 9n, 15n, 16n, 0x88n, 0x99n, 0xffn],
    ...[BigInt(`0x${"8".repeat(62)}`), BigInt(`0x${"9".repeat(62)}`)],
    ...[BigInt(`0x${"f".repeat(62)}`), GROUP_ORDER - 1n, GROUP_ORDER - 2n],
    ...[2n ** 252n, 2n ** 252n - 1n],
  ];
  for (const number of numbers) {
    const expected = point.multiply(number, false);
    assert.equal(table.multiply(number).equals(expected), true, `${number}`);
  }
});
