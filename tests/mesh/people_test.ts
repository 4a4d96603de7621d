import assert from "node:assert/strict";
import { peopleIn, type PeopleSources } from "../../lib/mesh/people.ts";
import type { Contact } from "../../lib/mesh/contacts.ts";
import { peerId } from "../tools/ids.ts";

function contact(name: string, fields: Partial<Contact> = {}): Contact {
  return {
    peer: peerId(name),
    user: name,
    state: "waiting",
    channels: new Set(["general"]),
    due: 0,
    since: 0,
    failures: 0,
    vouched: true,
    ...fields,
  };
}

function states(
  contacts: Contact[],
  sources: Partial<PeopleSources> = {},
): string[] {
  const people = peopleIn("general", {
    contacts,
    members: new Set(),
    pathOf: () => undefined,
    withinReach: new Set(),
    trackerWorks: true,
    inTree: false,
    ...sources,
  });
  return people.map(({ user, state }) => `${user} ${state}`);
}

Deno.test("peopleIn() lists the channel's people by name", () => {
  const elsewhere = contact("zoe", { channels: new Set(["other"]) });
  assert.deepEqual(states([contact("bob"), elsewhere, contact("anna")]), [
    "anna connecting",
    "bob connecting",
  ]);
});

Deno.test("peopleIn() shows two windows of one account as two people", () => {
  const first = contact("a", { user: "admin" });
  const second = contact("b", { user: "admin" });
  assert.equal(states([first, second]).length, 2);
});

Deno.test("peopleIn() tells how each is reached", () => {
  const direct = contact("direct", { state: "linked" });
  const turn = contact("turn", { state: "linked" });
  const behind = contact("behind", { problem: "no-route" });
  const lost = contact("lost", {
    state: "lost",
    channels: new Set(),
    lastChannel: "general",
  });
  const cut = contact("cut", { state: "linked" });
  const paths = new Map([
    [direct.peer, "direct" as const],
    [turn.peer, "relayed" as const],
    [cut.peer, "interrupted" as const],
  ]);
  const reached = states([direct, turn, behind, lost, cut], {
    pathOf: (peer) => paths.get(peer),
    withinReach: new Set([behind.peer]),
  });
  assert.deepEqual(reached, [
    "behind relayed",
    "cut away",
    "direct direct",
    "lost away",
    "turn relayed",
  ]);
});

Deno.test("peopleIn() keeps linked members in view when the tracker is away, and others as away", () => {
  const linked = contact("linked", { state: "linked", channels: new Set() });
  const unlinked = contact("unlinked");
  const seen = states([linked, unlinked], {
    members: new Set([linked.peer]),
    pathOf: (peer) => peer === linked.peer ? "direct" : undefined,
    trackerWorks: false,
  });
  assert.deepEqual(seen, ["linked direct", "unlinked away"]);
});
