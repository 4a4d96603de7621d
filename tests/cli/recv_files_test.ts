import assert from "node:assert/strict";
import { receiveFiles } from "../../lib/cli/recv_files.ts";
import type { FileInfo } from "../../lib/mesh/shared_file.ts";
import { FakeChat } from "../tools/fake_chat.ts";

function fileCalled(name: string): FileInfo {
  const hash = name.replace(/[^a-z]/g, "_").padEnd(43, "_");
  return { name, size: 3, type: "text/plain", hash };
}

const bytes = new Uint8Array(3);

/** Runs while `use` does; `before` is what earlier runs have saved. */
async function receiving(
  use: (parts: {
    chat: FakeChat;
    lines: string[];
    warned: string[];
    saved: Set<string>;
    /** Resolves with the next line that is written. */
    line(): Promise<string>;
  }) => Promise<void>,
  { chat = new FakeChat(), saved = new Set<string>(), json = false } = {},
): Promise<number> {
  const [lines, warned] = [[], []] as [string[], string[]];
  const stopped = Promise.withResolvers<void>();
  let written = Promise.withResolvers<string>();
  const running = receiveFiles(chat, {
    ...{ channels: ["general"], json, stopped: stopped.promise },
    saved: {
      isSaved: (hash) => saved.has(hash),
      noteSaved: (hash) => void saved.add(hash),
    },
    save: ({ name }) =>
      name === "full"
        ? Promise.reject(new Error("the disk is full"))
        : Promise.resolve(`in/${name}`),
    write(line) {
      lines.push(line);
      written.resolve(line);
      written = Promise.withResolvers();
      return line !== "in/last";
    },
    warn: (line) => warned.push(line),
  });
  // It listens once the chat has started.
  await new Promise((resolve) => setTimeout(resolve));
  await use({ chat, lines, warned, saved, line: () => written.promise });
  stopped.resolve();
  return await running;
}

Deno.test("recv-files saves what others sent before and send now, each once", async () => {
  const chat = new FakeChat();
  const before = chat.sayFile("general", "mai", fileCalled("before"));
  const had = fileCalled("had");
  chat.sayFile("general", "mai", had);
  const saved = new Set([had.hash]);
  const code = await receiving(async ({ lines, line }) => {
    const first = line();
    chat.files.hold(before.file?.hash ?? "", bytes);
    assert.equal(await first, "in/before");
    const file = fileCalled("now");
    chat.sayFile("general", "an", file);
    chat.sayFile("general", "an", file);
    chat.sayFile("other", "an", fileCalled("elsewhere"));
    assert.equal(chat.files.state(file.hash).state, "waiting");
    const second = line();
    chat.files.hold(file.hash, bytes);
    assert.equal(await second, "in/now");
    assert.equal(chat.files.state(had.hash).state, "absent");
    assert.deepEqual(lines, ["in/before", "in/now"]);
  }, { chat, saved });
  assert.equal(code, 0);
  assert.equal(saved.size, 3);
});

Deno.test("recv-files --json says whose it is, in one safe line", async () => {
  await receiving(async ({ chat, line }) => {
    const file = { ...fileCalled("x"), name: "x\u202egnp" };
    chat.sayFile("general", "mai", file);
    const written = line();
    chat.files.hold(file.hash, bytes);
    const text = await written;
    assert.doesNotMatch(text, /\u202e/);
    const { path, name, user, channel, size } = JSON.parse(text);
    assert.deepEqual(
      { path, name, user, channel, size },
      {
        ...{ path: "in/x\u202egnp", name: file.name, user: "mai" },
        ...{ channel: "general", size: 3 },
      },
    );
  }, { json: true });
});

Deno.test("recv-files goes on after a file that can't be had or saved, and saves it in a later run", async () => {
  await receiving(async ({ chat, warned, saved, line }) => {
    const [full, lost] = [fileCalled("full"), fileCalled("lost")];
    chat.sayFile("general", "mai", full);
    chat.sayFile("general", "mai", lost);
    chat.files.hold(full.hash, bytes);
    chat.files.set(lost.hash, { state: "failed", problem: "no-room" });
    const file = fileCalled("fine");
    chat.sayFile("general", "mai", file);
    const written = line();
    chat.files.hold(file.hash, bytes);
    await written;
    assert.deepEqual(warned.toSorted(), [
      "Cannot get lost: it can't be kept here",
      "Cannot save full: the disk is full",
    ]);
    assert.deepEqual([...saved], [file.hash]);
  });
});

Deno.test("recv-files ends when nobody reads any more", async () => {
  const code = await receiving(async ({ chat, line }) => {
    const file = fileCalled("last");
    chat.sayFile("general", "mai", file);
    const written = line();
    chat.files.hold(file.hash, bytes);
    await written;
  });
  assert.equal(code, 0);
});
