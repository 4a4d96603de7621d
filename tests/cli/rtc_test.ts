/** The terminal's connections under the mesh's own links, unchanged. */
import assert from "node:assert/strict";
import { cleanup } from "node-datachannel";
import { newConnection } from "../../lib/cli/rtc.ts";
import { type LinkEnd, openPair } from "../tools/link_pair.ts";
import { within } from "../tools/test_process.ts";

type Description = RTCSessionDescriptionInit;

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
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
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
