import assert from "node:assert/strict";
import type { FileAction } from "../../lib/mesh/file_actions.ts";
import {
  FileSearch,
  HOLDERS_NAMED_MAX,
  PASS_RATE,
  PASSED_MS,
  SEARCH_STEPS,
  SEEKS_PER_PEER_MAX,
  TELL_MS,
  WATCH_STEPS_MS,
  WATCHED_MAX,
} from "../../lib/mesh/file_search.ts";
import { PieceSet } from "../../lib/mesh/piece_set.ts";
import { PIECE_BYTES } from "../../lib/wire/file.ts";
import type { FileKey, FileMessage } from "../../lib/wire/file_messages.ts";
import { peerId } from "../tools/ids.ts";

const [self, bob, carol, dave] = ["self", "bob", "carol", "dave"].map(
  peerId,
) as [string, string, string, string];
const FILE = fileOf("h");

function fileOf(name: string): FileKey {
  return { hash: name.padEnd(43, "_"), size: 3 * PIECE_BYTES };
}

class Lab {
  now = 1_000_000;
  readonly held = new Map<string, PieceSet>();
  isFullMesh = false;
  hasHolder = false;
  /** Channels that share all files. */
  readonly shared = new Set(["general"]);
  readonly search = new FileSearch({
    ...{ self, random: () => 0.5 },
    heldOf: ({ hash }) => this.held.get(hash),
    isShared: (_hash, channel) => this.shared.has(channel),
    isFullMesh: () => this.isFullMesh,
    hasHolder: () => this.hasHolder,
  });

  link(peer: string, channels = ["general"]): FileAction[] {
    return this.search.linkUp({ peer, user: "x" }, channels, this.now);
  }

  sought(from: string, { ttl = 1, files = [FILE], channel = "general" } = {}) {
    const message = { type: "seek-files", channel, files, ttl } as const;
    return said(this.search.sought(from, message, this.now));
  }

  pass(ms: number) {
    this.now += ms;
    return said(this.search.tick(this.now));
  }
}

/** `bob: seek-files 2`, … */
function said(actions: FileAction[]): string[] {
  return actions.map((action) => {
    if (action.type === "meet") return `meet ${name(action.peer.peer)}`;
    assert.equal(action.type, "send");
    const { to, message } = action as { to: string; message: FileMessage };
    return `${name(to)}: ${message.type}${detail(message)}`;
  });
}

function detail(message: FileMessage): string {
  if (message.type === "seek-files") return ` ${message.ttl}`;
  if (message.type !== "files-held") return "";
  const [file] = message.files;
  return file?.held === "all" ? " all" : " some";
}

function name(peer: string): string {
  return peer.replace(/[^a-z0-9].*/, "").replace(/0+$/, "");
}

Deno.test("FileSearch asks linked members, and whoever comes later, until it is not sought any more", () => {
  const lab = new Lab();
  lab.link(bob);
  lab.link(carol, ["elsewhere"]);
  const asked = said(lab.search.seek(FILE, ["general"], lab.now));
  assert.deepEqual(asked, ["bob: seek-files 1"]);
  assert.deepEqual(said(lab.link(dave)), ["dave: seek-files 1"]);
  const joined = said(lab.search.joined(carol, "general"));
  assert.deepEqual(joined, ["carol: seek-files 1"]);
  assert.deepEqual(said(lab.search.joined(carol, "general")), []);
  const ended = said(lab.search.unseek(FILE.hash));
  assert.deepEqual(ended.toSorted(), [
    "bob: unseek-files",
    "carol: unseek-files",
    "dave: unseek-files",
  ]);
  assert.equal(lab.search.dueAt, Infinity);
});

Deno.test("FileSearch tells who asked what lies here: now, as more comes in, and at once when it is whole", () => {
  const lab = new Lab();
  lab.link(bob);
  assert.deepEqual(lab.sought(bob), []);
  const pieces = new PieceSet(3, [1]);
  lab.held.set(FILE.hash, pieces);
  assert.deepEqual(said(lab.search.heldChanged(FILE, lab.now)), []);
  assert.equal(lab.search.dueAt, lab.now + TELL_MS);
  assert.deepEqual(lab.pass(TELL_MS), ["bob: files-held some"]);
  for (const piece of [0, 2]) pieces.add(piece);
  const whole = said(lab.search.heldChanged(FILE, lab.now));
  assert.deepEqual(whole, ["bob: files-held all"]);
  assert.deepEqual(lab.sought(bob), ["bob: files-held all"]);
  lab.search.unsought(bob, [FILE.hash]);
  assert.deepEqual(said(lab.search.heldChanged(FILE, lab.now)), []);
});

Deno.test("FileSearch tells nobody of a file that no message shares in a channel of both", () => {
  const lab = new Lab();
  lab.held.set(FILE.hash, PieceSet.whole(3));
  lab.link(bob, ["general"]);
  assert.deepEqual(lab.sought(bob, { channel: "secret" }), []);
  lab.shared.delete("general");
  assert.deepEqual(lab.sought(bob), []);
  assert.equal(lab.search.isFor(bob, FILE.hash), false);
  assert.equal(lab.search.isFor(carol, FILE.hash), false);
  assert.deepEqual(lab.sought(carol), []);
});

Deno.test("FileSearch goes further out, a step at a time, where nobody linked holds the file", () => {
  const lab = new Lab();
  lab.link(bob);
  lab.search.seek(FILE, ["general"], lab.now);
  const ttls: string[] = [];
  for (const { nextMs } of SEARCH_STEPS) ttls.push(...lab.pass(nextMs));
  assert.deepEqual(ttls, [2, 4, 7, 7].map((ttl) => `bob: seek-files ${ttl}`));
  lab.hasHolder = true;
  assert.deepEqual(lab.pass(SEARCH_STEPS[3].nextMs), []);
  const small = new Lab();
  small.isFullMesh = true;
  small.link(bob);
  small.search.seek(FILE, ["general"], small.now);
  assert.deepEqual(small.pass(SEARCH_STEPS[0].nextMs), ["bob: seek-files 1"]);
});

Deno.test("FileSearch passes a question on once in a while, to all but the one that asked, and no further than it may go", () => {
  const lab = new Lab();
  for (const peer of [bob, carol, dave]) lab.link(peer);
  assert.deepEqual(lab.sought(bob, { ttl: 1 }), []);
  const passed = lab.sought(bob, { ttl: 3 });
  assert.deepEqual(passed, ["carol: seek-files 2", "dave: seek-files 2"]);
  assert.deepEqual(lab.sought(carol, { ttl: 3 }), []);
  assert.equal(lab.sought(carol, { ttl: 4 }).length, 2);
  lab.now += PASSED_MS;
  assert.equal(lab.sought(dave, { ttl: 3 }).length, 2);
  lab.now += PASSED_MS;
  lab.held.set(FILE.hash, PieceSet.whole(3));
  assert.deepEqual(lab.sought(bob, { ttl: 3 }), ["bob: files-held all"]);
});

Deno.test("FileSearch bounds what one peer has passed on, and what is remembered of it", () => {
  const lab = new Lab();
  for (const peer of [bob, carol]) lab.link(peer);
  let passed = 0;
  for (let at = 0; at < 2 * SEEKS_PER_PEER_MAX; at++) {
    const files = [fileOf(`f${at}`)];
    passed += lab.sought(bob, { ttl: 7, files }).length;
  }
  assert.equal(passed, PASS_RATE.burst);
  const [old, young] = [fileOf("f0"), fileOf(`f${2 * SEEKS_PER_PEER_MAX - 1}`)];
  for (const file of [old, young]) lab.held.set(file.hash, PieceSet.whole(3));
  assert.deepEqual(said(lab.search.heldChanged(old, lab.now)), []);
  assert.equal(lab.search.heldChanged(young, lab.now).length, 1);
});

Deno.test("FileSearch names a holder to who asked from afar, a bounded number of times", () => {
  const lab = new Lab();
  for (const peer of [bob, carol, dave]) lab.link(peer);
  lab.sought(bob, { ttl: 3 });
  lab.sought(dave, { ttl: 1 });
  const files = [{ ...FILE, held: "all" as const }];
  const held = { type: "files-held", files } as const;
  assert.deepEqual(said(lab.search.held(carol, held)), ["bob: files-found"]);
  assert.deepEqual(said(lab.search.held(carol, held)), []);
  let named = 1;
  for (let at = 0; at < 9; at++) {
    const holder = { peer: peerId(`h${at}`), user: "x" };
    const files = [{ ...FILE, holder }];
    const found = { type: "files-found", channel: "general", files } as const;
    named += lab.search.found(carol, found).length;
  }
  assert.equal(named, HOLDERS_NAMED_MAX);
});

Deno.test("FileSearch meets a holder that it was told of, not itself, nor one that is linked", () => {
  const lab = new Lab();
  for (const peer of [bob, carol]) lab.link(peer);
  lab.search.seek(FILE, ["general"], lab.now);
  const found = (peer: string, channel = "general") => {
    const files = [{ ...FILE, holder: { peer, user: "x" } }];
    const message = { type: "files-found", channel, files } as const;
    return said(lab.search.found(bob, message));
  };
  assert.deepEqual(found(dave), ["meet dave"]);
  assert.deepEqual(found(dave), []);
  assert.deepEqual(found(self), []);
  assert.deepEqual(found(carol), []);
  assert.deepEqual(found(peerId("eve"), "secret"), []);
});

Deno.test("FileSearch asks who has what was sent here, again for a while, and once whoever seeks it", () => {
  const lab = new Lab();
  lab.link(bob);
  assert.deepEqual(said(lab.search.watch(FILE, "general", lab.now)), [
    "bob: seek-files 1",
  ]);
  for (const ms of WATCH_STEPS_MS) {
    assert.deepEqual(lab.pass(ms - 1), []);
    assert.deepEqual(lab.pass(1), ["bob: seek-files 1"]);
  }
  assert.equal(lab.search.dueAt, Infinity);
  assert.deepEqual(said(lab.link(carol)), ["carol: seek-files 1"]);
  assert.deepEqual(lab.sought(carol), ["carol: seek-files 1"]);
  assert.deepEqual(lab.sought(carol), []);
  lab.search.linkDown(carol);
  lab.link(carol);
  assert.deepEqual(lab.sought(carol), ["carol: seek-files 1"]);
  lab.search.unwatch(FILE.hash);
  assert.deepEqual(lab.link(dave), []);
});

Deno.test("FileSearch watches no more than the latest files", () => {
  const lab = new Lab();
  for (let at = 0; at <= WATCHED_MAX; at++) {
    lab.search.watch(fileOf(`f${at}`), "general", lab.now);
  }
  assert.equal(lab.search.isWatched(fileOf("f0").hash), false);
  assert.equal(lab.search.isWatched(fileOf(`f${WATCHED_MAX}`).hash), true);
});
