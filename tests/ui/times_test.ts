import assert from "node:assert/strict";
import { dayName, timeOfDay } from "../../lib/ui/times.ts";
import { chatWords } from "../../lib/ui/words.ts";

const TODAY = new Date(2026, 4, 5, 9, 30).getTime();

Deno.test("dayName() calls this day and the last one by name", () => {
  const lateYesterday = new Date(2026, 4, 4, 23, 59).getTime();
  assert.equal(dayName(TODAY, TODAY, chatWords.en), "Today");
  assert.equal(dayName(lateYesterday, TODAY, chatWords.en), "Yesterday");
  assert.equal(dayName(lateYesterday, TODAY, chatWords.vi), "Hôm qua");
});

Deno.test("dayName() gives every other day its date", () => {
  const before = new Date(2026, 4, 3).getTime();
  assert.equal(dayName(before, TODAY, chatWords.en), "Sunday, May 3, 2026");
  assert.match(dayName(before, TODAY, chatWords.vi), /^Chủ Nhật, 3 tháng 5/);
});

Deno.test("timeOfDay() follows the language", () => {
  const afternoon = new Date(2026, 4, 5, 15, 4).getTime();
  assert.match(timeOfDay(afternoon, "en"), /^3:04\sPM$/);
  assert.equal(timeOfDay(afternoon, "vi"), "15:04");
});
