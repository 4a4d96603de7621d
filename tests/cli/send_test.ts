import assert from "node:assert/strict";
import { send } from "../../lib/cli/send.ts";
import { sendFiles } from "../../lib/cli/send_files.ts";
import { ManualClock } from "../../lib/clock.ts";
import { FakeChat } from "../tools/fake_chat.ts";

function waiting({ to = 1 } = {}) {
  const clock = new ManualClock();
  const stop = Promise.withResolvers<void>();
  const parts = {
    ...{ channel: "general", to, timeoutMs: 1_000, clock },
    stopped: stop.promise,
  };
  return { parts, clock, stop: stop.resolve };
}

/** Sends these, each a file of three bytes. */
function sending(chat: FakeChat, paths: string[], parts: object) {
  const closed: string[] = [];
  const { parts: usual } = waiting();
  const outcome = sendFiles(chat, {
    ...usual,
    ...parts,
    paths,
    open(path) {
      if (path.startsWith("no")) throw new Error(`no ${path}`);
      return Promise.resolve({
        ...{ name: path, size: 3, type: "" },
        read: () => Promise.resolve(new Uint8Array(3)),
        [Symbol.asyncDispose]: () => Promise.resolve(void closed.push(path)),
      });
    },
  });
  return { outcome, closed };
}

/** What promises do without waiting for anything outside. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

function hashesOf(chat: FakeChat): string[] {
  return chat.messages("general").flatMap(({ file }) => file?.hash ?? []);
}

Deno.test("send ends with 4 and a sentence when nobody has it in time, or it is stopped", async () => {
  for (const how of ["late", "stopped"]) {
    const { parts, clock, stop } = waiting({ to: 2 });
    const chat = new FakeChat();
    const outcome = send(chat, { ...parts, text: "hello" });
    await settled();
    if (how === "late") clock.advance(1_000);
    else stop();
    await assert.rejects(outcome, (error: Error & { exitCode: number }) => {
      assert.equal(error.exitCode, 4);
      const wanted = how === "late"
        ? /^Sent to 0 of 2 in time: nobody more was reached\./
        : /^Sent to 0 of 2 and then stopped\./;
      assert.match(error.message, wanted);
      return true;
    });
  }
});

Deno.test("send --file waits until so many have all of each file", async () => {
  const { parts } = waiting({ to: 2 });
  const chat = new FakeChat();
  let code: number | undefined;
  const { outcome, closed } = sending(chat, ["a.pdf", "b.pdf"], parts);
  void outcome.then((ended) => code = ended);
  await settled();
  const [a = "", b = ""] = hashesOf(chat);
  chat.files.setHolders(a, 3);
  chat.files.setHolders(b, 1);
  await settled();
  assert.equal(code, undefined);
  chat.files.setHolders(b, 2);
  assert.equal(await outcome, 0);
  assert.deepEqual(closed.toSorted(), ["a.pdf", "b.pdf"]);
});

Deno.test("send --file sends nothing where one of the files can't be read", async () => {
  const chat = new FakeChat();
  const { outcome, closed } = sending(chat, ["a.pdf", "none.pdf"], {});
  await assert.rejects(outcome, /no none\.pdf/);
  assert.deepEqual(hashesOf(chat), []);
  assert.deepEqual(closed, ["a.pdf"]);
});

Deno.test("send --file says of how many it is known that they have it all", async () => {
  const { parts, clock } = waiting({ to: 2 });
  const chat = new FakeChat();
  const { outcome } = sending(chat, ["a.pdf"], parts);
  await settled();
  chat.files.setHolders(hashesOf(chat)[0] ?? "", 1);
  clock.advance(1_000);
  await assert.rejects(outcome, /^PeerFailure: Sent to 1 of 2 in time: /);
});
