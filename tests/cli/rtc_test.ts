/** The terminal's connections under the mesh's own links, unchanged. */
import assert from "node:assert/strict";
import { cleanup } from "node-datachannel";
import { systemClock } from "../../lib/clock.ts";
import type { Chat, Message } from "../../lib/mesh/chat.ts";
import { rtcLinks } from "../../lib/mesh/rtc_link.ts";
import { PIECE_BYTES } from "../../lib/wire/file.ts";
import { newConnection as newNativeConnection } from "../../lib/cli/rtc.ts";
import { BULK_FRAME_BYTES_MAX } from "../../lib/wire/bulk_frame.ts";
import { bytesOf, sourceOf } from "../tools/file_bytes.ts";
import { MeshLab } from "../tools/mesh_lab.ts";
import { type LinkEnd, openPair } from "../tools/link_pair.ts";
import { within } from "../tools/test_process.ts";

type Description = RTCSessionDescriptionInit;

const connections: RTCPeerConnection[] = [];

function newConnection(): RTCPeerConnection {
  const connection = newNativeConnection();
  connections.push(connection);
  return connection;
}

function opened(): Promise<[LinkEnd, LinkEnd]> {
  return within(openPair(newConnection), () => "The link does not open");
}

function heard(end: LinkEnd, wanted: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  end.onMessage = (text) => {
    if (text === wanted) resolve();
  };
  return within(promise, () => `Heard ${end.heard.join()}, not ${wanted}`);
}

// Its threads must not call into an isolate that is gone with this file.
Deno.test.afterAll(() => cleanup());

/** The library has threads of its own, which the sanitizers can't know. */
function rtcTest(name: string, run: () => Promise<void>): void {
  const fn = async () => {
    try {
      await run();
    } finally {
      // A link that a failed test left open would end the whole process.
      for (const connection of connections.splice(0)) connection.close();
    }
  };
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

rtcTest("newConnection() carries text both ways, in order", async () => {
  const [a, b] = await opened();
  const last = Promise.all([heard(b, "499"), heard(a, "xin chào 🦊")]);
  for (let at = 0; at < 500; at++) a.link.send(String(at));
  b.link.send("xin chào 🦊");
  await last;
  assert.deepEqual(b.heard, Array.from({ length: 500 }, (_, at) => `${at}`));
  a.link.close();
  await within(b.closed, () => "The other side never hears the end");
});

rtcTest("newConnection() names no candidate before the answer", async () => {
  const caller = newConnection();
  const named: string[] = [];
  caller.onicecandidate = ({ candidate }) =>
    named.push(candidate?.candidate ?? "");
  const callee = newConnection();
  const calleeNamed = Promise.withResolvers<void>();
  callee.onicecandidate = () => calleeNamed.resolve();
  for (const end of [caller, callee]) {
    end.createDataChannel("control", { id: 0, negotiated: true });
  }
  await caller.setLocalDescription();
  // Both gather alike: by then the caller has candidates as well.
  await callee.setRemoteDescription(caller.localDescription as Description);
  await callee.setLocalDescription();
  await within(calleeNamed.promise, () => "The other side has no candidates");
  assert.doesNotMatch(caller.localDescription?.sdp ?? "", /^a=candidate:/m);
  assert.deepEqual(named, []);
  await caller.setRemoteDescription(callee.localDescription as Description);
  assert.notEqual(named.length, 0);
  for (const end of [caller, callee]) end.close();
});

rtcTest("newConnection() opens a hundred links at once", async () => {
  const pairs = await Promise.all(Array.from({ length: 100 }, opened));
  for (const [first] of pairs) first.link.close();
  await within(
    Promise.all(pairs.map(([_first, second]) => second.closed)),
    () => "They never end",
  );
});

/** So many that a text beside them is there long before the last. */
const FRAMES_MAX = 20_000;

rtcTest(
  "newConnection() carries bytes beside the texts, and says when more fit",
  async () => {
    const [a, b] = await opened();
    const frame = bytesOf(BULK_FRAME_BYTES_MAX);
    const come = Promise.withResolvers<void>();
    let [sent, waits, isHeard] = [0, 0, false];
    const isEnough = () => (isHeard && waits > 1) || sent === FRAMES_MAX;
    b.onBytes = () => {
      if (isEnough() && b.frames.length === sent) come.resolve();
    };
    const fill = () => {
      while (!isEnough()) {
        sent++;
        frame[0] = sent & 0xff;
        if (!a.link.sendBytes(frame)) {
          waits++;
          break;
        }
      }
    };
    a.onDrained = fill;
    fill();
    // What is said does not wait until there are no more bytes.
    const said = heard(b, "meanwhile").then(() => {
      isHeard = true;
      b.onBytes(frame);
    });
    a.link.send("meanwhile");
    await Promise.all([
      said,
      within(come.promise, () => `${b.frames.length} of ${sent} came`),
    ]);
    assert.ok(sent < FRAMES_MAX);
    assert.deepEqual(
      b.frames.map(([first]) => first),
      b.frames.map((_, at) => (at + 1) & 0xff),
    );
    assert.deepEqual(b.frames[7]?.subarray(1), frame.subarray(1));
    a.link.close();
    await b.closed;
  },
);

rtcTest("newConnection() opens and closes fifty times", async () => {
  for (let round = 0; round < 50; round++) {
    const [a, b] = await opened();
    const [first, second] = round % 2 === 0 ? [a, b] : [b, a];
    first.link.close();
    await within(second.closed, () => `Round ${round} never ends`);
  }
});

rtcTest(
  "newConnection() ends where a restart of ICE is asked for",
  async () => {
    const [a, b] = await opened();
    a.connection.restartIce();
    await within(Promise.all([a.closed, b.closed]), () => "Nothing ends");
    assert.equal(a.connection.connectionState, "closed");
  },
);

rtcTest("newConnection() ends where the other side restarts ICE", async () => {
  const [a, b] = await opened();
  const { sdp = "" } = a.connection.localDescription ?? {};
  const restarted = sdp.replace(/^a=ice-ufrag:.*$/m, "a=ice-ufrag:abcd")
    .replace(/^a=ice-pwd:.*$/m, `a=ice-pwd:${"p".repeat(24)}`);
  b.link.receive({ type: "offer", link: "l".repeat(22), sdp: restarted });
  assert.equal(await within(b.closed, () => "It goes on"), "broken");
  await within(a.closed, () => "The other side never hears the end");
});

rtcTest("newConnection() tells the path that is in use", async () => {
  const [a, b] = await opened();
  const types = new Set<string>();
  (await a.connection.getStats()).forEach((item) => types.add(item.type));
  assert.ok(types.has("candidate-pair") && types.has("local-candidate"));
  a.link.close();
  await b.closed;
});

rtcTest(
  "newConnection() asks the side that was dialled for no offer",
  async () => {
    const [a, b] = await opened();
    const all = heard(b, "499");
    for (let at = 0; at < 500; at++) a.link.send(String(at));
    await all;
    const offers = [...a.signals, ...b.signals]
      .filter(({ type }) => type === "offer");
    assert.equal(offers.length, 1);
    a.link.close();
    await b.closed;
  },
);

/** Resolves once `isSo`, asked at every change of that chat. */
function until(chat: Chat, isSo: () => boolean, what: string): Promise<void> {
  if (isSo()) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = chat.listen(() => {
    if (isSo()) resolve();
  });
  return within(promise.finally(stop), () => `Never: ${what}`);
}

function shared(chat: Chat): Message | undefined {
  return chat.messages("general").findLast(({ file }) => file);
}

rtcTest(
  "Peers fetch files both ways over native connections, and the talk goes on meanwhile",
  async () => {
    const lab = new MeshLab({
      clock: systemClock,
      openLink: rtcLinks({ newConnection, clock: systemClock }),
    });
    const [alice, bob, carol] = [
      lab.page("alice"),
      lab.page("bob"),
      lab.page("carol"),
    ] as const;
    const peers: Chat[] = [alice, bob, carol];
    using _ = {
      [Symbol.dispose]() {
        for (const peer of peers) peer.stop();
        lab.stop();
      },
    };
    await Promise.all(peers.map((peer) => peer.start()));
    await Promise.all(peers.map((peer) =>
      until(
        peer,
        () =>
          peer.people("general").filter(({ state }) => state === "direct")
            .length === 2,
        "all are linked",
      )
    ));
    const bytes = bytesOf(30 * PIECE_BYTES + 12_345);
    await alice.files.send("general", sourceOf(bytes, { name: "a.bin" }));
    await fetchIt(bob, bytes);
    const fetched = fetchIt(carol, bytes);
    await carol.send("general", "how long will it take?");
    await fetched;
    const back = bytesOf(3 * PIECE_BYTES, 9);
    await carol.files.send("general", sourceOf(back, { name: "b.bin" }));
    await fetchIt(alice, back);
  },
);

async function fetchIt(chat: Chat, bytes: Uint8Array): Promise<void> {
  const isShared = () => shared(chat)?.file?.size === bytes.length;
  await until(chat, isShared, "the message comes");
  const message = shared(chat) as Message;
  const { hash } = message.file as NonNullable<Message["file"]>;
  chat.files.fetch("general", message.ref);
  const isHeld = () => chat.files.state(hash).state === "held";
  await until(chat, isHeld, "the file is held");
  assert.deepEqual(await chat.files.read(hash, 0, bytes.length), bytes);
}
