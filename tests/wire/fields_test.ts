import assert from "node:assert/strict";
import fc from "fast-check";
import {
  field,
  integerField,
  parseObject,
  quote,
  stringField,
  utf8Length,
} from "../../lib/wire/_fields.ts";
import { WireError } from "../../lib/wire/wire_error.ts";

const encoder = new TextEncoder();

Deno.test("utf8Length() counts what a TextEncoder writes, lone surrogates included", () => {
  const units = fc.string({ unit: "binary" });
  const halves = fc.array(
    fc.constantFrom("\ud800", "\udc00", "a", "é", "世", "😀"),
  ).map((parts) => parts.join(""));
  fc.assert(fc.property(fc.oneof(units, halves), (text) => {
    assert.equal(utf8Length(text), encoder.encode(text).length);
  }));
});

Deno.test("quote() shortens what it shows", () => {
  assert.equal(quote("a".repeat(100)).length, 61);
  assert.equal(quote(undefined), "undefined");
  assert.equal(quote({ a: 1 }), '{"a":1}');
});

Deno.test("parseObject() refuses a text above its limit in bytes, not in characters", () => {
  const text = JSON.stringify({ name: "é".repeat(10) });
  assert.deepEqual(parseObject(text, 31), { name: "é".repeat(10) });
  assert.throws(() => parseObject(text, 30), { code: "body-too-large" });
});

Deno.test("parseObject() refuses what is not one JSON object", () => {
  for (const text of ["", "hello", "{", "[]", "null", "1", '"a"', "{}{}"]) {
    assert.throws(() => parseObject(text, 100), WireError, text);
  }
});

Deno.test("parseObject() takes deep nesting without running out of stack", () => {
  const text = `{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`;
  const fields = parseObject(text, 32 * 1024);
  assert.throws(() => stringField(fields, "a", 10), { code: "bad-message" });
});

Deno.test("field() reads own fields only", () => {
  assert.equal(field({}, "__proto__"), undefined);
  assert.equal(field({}, "constructor"), undefined);
  const own = parseObject('{"__proto__":{"type":"heartbeat"}}', 100);
  assert.equal(field(own, "type"), undefined);
});

Deno.test("stringField() measures bytes", () => {
  assert.equal(stringField({ a: "éé" }, "a", 4), "éé");
  assert.throws(() => stringField({ a: "éé" }, "a", 3), WireError);
  assert.throws(() => stringField({ a: ["x"] }, "a", 3), WireError);
});

Deno.test("integerField() takes whole numbers inside its range only", () => {
  assert.equal(integerField({ a: 3 }, "a", [1, 3]), 3);
  for (const value of [0, 4, 1.5, NaN, Infinity, "2", null, undefined, true]) {
    assert.throws(() => integerField({ a: value }, "a", [1, 3]), WireError);
  }
});
