import assert from "node:assert/strict";
import { QUIET_MS } from "../../lib/cli/backlog.ts";
import type { Message } from "../../lib/mesh/chat.ts";
import { RoomLab } from "../tools/room_lab.ts";

let count = 0;

/** Said that long before the room was opened. */
function said(
  { clock }: RoomLab,
  { text, agoMs, channel = "general" }: {
    text: string;
    agoMs: number;
    channel?: string;
  },
): Message {
  return {
    ...{ channel, user: "mai", text, at: clock.now() - agoMs },
    ref: { author: "a".repeat(43), seq: ++count },
    ...{ edited: false, deleted: false, reactions: [], own: false },
  };
}

Deno.test("Room shows what was said before it came in its order, however young it is", () => {
  using lab = new RoomLab();
  const from = lab.rows.length - 1;
  const fetched = true;
  const [first, second, third] = [300, 200, 100].map((agoMs) =>
    said(lab, { text: `${agoMs} ms ago`, agoMs })
  ) as [Message, Message, Message];
  lab.chat.add("general", [third], { fetched });
  lab.chat.add("general", [first, second], { fetched });
  assert.deepEqual(lab.since(from), []);
  lab.clock.advance(QUIET_MS);
  assert.deepEqual(lab.since(from), [
    ...["11:59 mai: 300 ms ago", "11:59 mai: 200 ms ago"],
    "11:59 mai: 100 ms ago",
  ]);
});

Deno.test("Room shows the last of what was said long before, and how much there is", () => {
  using lab = new RoomLab();
  const from = lab.rows.length - 1;
  const old = Array.from(
    { length: 30 },
    (_, at) => said(lab, { text: `line ${at}`, agoMs: 3_600_000 - at }),
  );
  lab.chat.add("general", old, { fetched: true });
  lab.chat.add("ci", [said(lab, { text: "old", agoMs: 6e5, channel: "ci" })], {
    fetched: true,
  });
  lab.chat.add("ci", [said(lab, { text: "new", agoMs: 10, channel: "ci" })], {
    fetched: true,
  });
  lab.clock.advance(QUIET_MS);
  const rows = lab.since(from);
  assert.equal(rows[0], "from before, of 30:");
  assert.equal(rows[1], "11:00 mai: line 10");
  assert.deepEqual(rows.slice(-2), [
    ...["11:00 mai: line 29", "11:59 #ci mai: new"],
  ]);
  assert.equal(rows.length, 22);
});

Deno.test("Room shows what is pushed at once, in whichever channel", () => {
  using lab = new RoomLab();
  const from = lab.rows.length - 1;
  lab.chat.say("ci", "mai", "build 42 is green");
  assert.deepEqual(lab.since(from), ["12:00 #ci mai: build 42 is green"]);
});

Deno.test("Room says what has changed of a message that it showed, and of no other", () => {
  using lab = new RoomLab();
  const { chat } = lab;
  const hidden = said(lab, { text: "old", agoMs: 6e5, channel: "ci" });
  chat.add("ci", [hidden], { fetched: true });
  const { ref } = chat.say("general", "mai", "who broke it?");
  lab.clock.advance(QUIET_MS);
  const from = lab.rows.length - 1;
  const at = { channel: "general", ref, emoji: "👀" };
  chat.reactAs("minh", at);
  chat.reactAs("minh", { ...at, on: false });
  chat.reactAs("minh", { ...at, channel: "ci", ref: hidden.ref });
  const text = "who broke the build?";
  chat.change("general", ref, () => ({ text, edited: true }));
  chat.change("general", ref, () => ({
    ...{ text: "", edited: false, deleted: true },
  }));
  assert.deepEqual(lab.since(from), [
    "minh reacted with 👀 to mai: who broke it?",
    "minh took 👀 back from mai: who broke it?",
    "      ╭ before: who broke it?",
    "12:00 (edited) mai: who broke the build?",
    "12:00 mai: deleted this message",
  ]);
});

Deno.test("Room shows once what has come while another channel was open", () => {
  using lab = new RoomLab();
  lab.chat.add("general", [said(lab, { text: "one", agoMs: 100 })], {
    fetched: true,
  });
  lab.room.goTo("ci");
  lab.room.goTo("general");
  lab.clock.advance(QUIET_MS);
  assert.equal(lab.rows.filter((row) => row.endsWith("mai: one")).length, 1);
});

Deno.test("Room says of what the tracker refused only what a person can do something about", () => {
  using lab = new RoomLab();
  const from = lab.rows.length - 1;
  // A signal to somebody who has just left.
  lab.chat.announce({ type: "request-failed", code: "unknown-peer" });
  assert.deepEqual(lab.since(from), []);
  lab.chat.announce({ type: "request-failed", code: "channel-limit" });
  assert.deepEqual(lab.since(from), [
    "There is no room for another channel: leave one of yours first",
  ]);
});
