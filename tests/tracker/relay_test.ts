import assert from "node:assert/strict";
import type { Line } from "../../lib/tracker/line.ts";
import { Mailbox, MAILBOX_CHARS_MAX } from "../../lib/tracker/mailbox.ts";
import { Relay } from "../../lib/tracker/relay.ts";
import {
  decodeEventsPolled,
  EVENTS_PER_POLL_MAX,
  type TrackerNews,
} from "../../lib/wire/tracker_api.ts";
import { idOf } from "./_peers.ts";

const ANN = idOf("ann");
const BEN = idOf("ben");

function created(channel: string): TrackerNews {
  return { type: "channel-created", channel };
}

function newLine(): Line & { sent: string[] } {
  const sent: string[] = [];
  return {
    session: "s",
    user: "u",
    peer: undefined,
    sent,
    send: (text) => void sent.push(text),
    close: () => {},
  };
}

Deno.test("Relay.tell() sends at once over a line and keeps the rest for polling", () => {
  const relay = new Relay();
  const line = newLine();
  relay.attach(ANN, line);
  relay.tell([ANN, BEN], created("x"));
  assert.deepEqual(line.sent, [JSON.stringify(created("x"))]);
  assert.deepEqual(relay.fetch(ANN), []);
  assert.deepEqual(relay.fetch(BEN), [JSON.stringify(created("x"))]);
  assert.deepEqual(relay.fetch(BEN), []);
});

Deno.test("Relay.flush() sends what waited, in order, once there is a line", () => {
  const relay = new Relay();
  relay.tell([ANN], created("x"));
  relay.tell([ANN], created("y"));
  relay.flush(ANN);
  const line = newLine();
  relay.attach(ANN, line);
  relay.flush(ANN);
  const waited = [created("x"), created("y")];
  assert.deepEqual(line.sent, waited.map((news) => JSON.stringify(news)));
  assert.equal(relay.waitingChars, 0);
});

Deno.test("Relay.detach() by an older line leaves the newer one alone", () => {
  const relay = new Relay();
  const [older, newer] = [newLine(), newLine()];
  relay.attach(ANN, older);
  relay.attach(ANN, newer);
  assert.equal(relay.detach(ANN, older), false);
  assert.equal(relay.lineOf(ANN), newer);
  assert.equal(relay.detach(ANN, newer), true);
  relay.tell([ANN], created("x"));
  assert.equal(relay.fetch(ANN).length, 1);
});

Deno.test("Relay.forget() drops line and mailbox", () => {
  const relay = new Relay();
  relay.tell([ANN], created("x"));
  relay.forget(ANN);
  assert.deepEqual(relay.fetch(ANN), []);
  assert.equal(relay.waitingChars, 0);
});

Deno.test("Relay bounds all mailboxes together, and tells whose was emptied", () => {
  const text = JSON.stringify(created("x"));
  const relay = new Relay({ mailboxesCharsMax: 2 * text.length });
  relay.tell([ANN], created("x"));
  relay.tell([BEN], created("x"));
  relay.tell([BEN], created("x"));
  assert.equal(relay.waitingChars, text.length);
  assert.deepEqual(relay.fetch(BEN), ['{"type":"events-dropped"}']);
  assert.deepEqual(relay.fetch(ANN), [text]);
  assert.equal(relay.waitingChars, 0);
});

Deno.test("Mailbox drops the oldest above one poll's worth, and says so first", () => {
  const mailbox = new Mailbox();
  for (let at = 0; at < 2 * EVENTS_PER_POLL_MAX; at++) {
    mailbox.push(JSON.stringify(created(`c${at}`)));
  }
  const texts = mailbox.take();
  const polled = decodeEventsPolled(
    `{"type":"events-polled","events":[${texts.join(",")}]}`,
  );
  assert.equal(polled.events.length, EVENTS_PER_POLL_MAX);
  assert.deepEqual(polled.events[0], { type: "events-dropped" });
  assert.deepEqual(
    polled.events.at(-1),
    created(`c${2 * EVENTS_PER_POLL_MAX - 1}`),
  );
  assert.deepEqual(mailbox.take(), []);
});

Deno.test("Mailbox holds EVENTS_PER_POLL_MAX - 1 messages without a loss", () => {
  const mailbox = new Mailbox();
  for (let at = 1; at < EVENTS_PER_POLL_MAX; at++) mailbox.push(`"${at}"`);
  assert.equal(mailbox.take()[0], '"1"');
});

Deno.test("Mailbox bounds the text it holds", () => {
  const mailbox = new Mailbox();
  const third = "x".repeat(MAILBOX_CHARS_MAX / 3);
  for (let at = 0; at < 5; at++) mailbox.push(`${at}${third}`);
  assert.ok(mailbox.chars <= MAILBOX_CHARS_MAX);
  const texts = mailbox.take();
  assert.deepEqual(texts.map((text) => text[0]), ["{", "3", "4"]);
});
