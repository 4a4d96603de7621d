import assert from "node:assert/strict";
import { ManualClock } from "../../lib/clock.ts";
import type { Link, LinkProblem } from "../../lib/mesh/link.ts";
import { LinkTable } from "../../lib/mesh/link_table.ts";
import { MemoryNetwork } from "../../lib/mesh/memory_link.ts";
import type { LinkFingerprints } from "../../lib/wire/link_proof.ts";
import type { Signal } from "../../lib/wire/signal.ts";
import type { PeerInfo } from "../../lib/wire/tracker_api.ts";
import { peerId } from "../tools/ids.ts";

/** The lower id gives way when both dial. */
const alice = { peer: peerId("alice"), user: "alice" };
const bob = { peer: peerId("bob"), user: "bob" };

interface End {
  table: LinkTable;
  opened: string[];
  messages: string[];
  closed: (LinkProblem | undefined)[];
}

/** Two tables whose signals pass through a tracker of 10 ms. */
class Pair {
  readonly clock = new ManualClock();
  readonly network = new MemoryNetwork(this.clock);
  accepts = true;
  /** Signals that get lost on the way. */
  loses: (signal: Signal) => boolean = () => false;
  #ids = 0;
  readonly alice = this.#end(alice, () => this.bob);
  readonly bob = this.#end(bob, () => this.alice);

  settle(): void {
    this.clock.advance(1_000);
  }

  #end(self: PeerInfo, other: () => End): End {
    const opened: string[] = [];
    const messages: string[] = [];
    const closed: (LinkProblem | undefined)[] = [];
    const table = new LinkTable({
      self: self.peer,
      openLink: this.network.open,
      newId: () => peerId(`link${++this.#ids}`),
      signal: (_to, signal) => {
        if (this.loses(signal)) return;
        this.clock.after(10, () => other().table.receive(self, signal));
      },
      accepts: () => this.accepts,
      opened: ({ user }) => opened.push(user),
      message: (_peer, text) => messages.push(text),
      bytes: () => {},
      drained: () => {},
      closed: (_peer, problem) => closed.push(problem),
      pathChanged: () => {},
      connectionEnded: () => {},
    });
    return { table, opened, messages, closed };
  }
}

/** Two ends of one link, without tables; `alter` is what the tracker does. */
function pairOfLinks(
  { network, clock }: Pair,
  opened: (fingerprints: LinkFingerprints) => void,
  alter: (signal: Signal) => Signal = (signal) => signal,
): [Link, Link] {
  const ends: Link[] = [];
  for (const dials of [false, true]) {
    const at = ends.length;
    ends.push(network.open({
      link: peerId("link"),
      remote: dials ? bob.peer : alice.peer,
      dials,
      polite: dials,
      events: {
        signal: (signal) =>
          clock.after(10, () => {
            const altered = alter(signal);
            if (altered.type !== "hang-up") ends[1 - at]?.receive(altered);
          }),
        opened,
        message: () => {},
        bytes: () => {},
        drained: () => {},
        pathChanged: () => {},
        closed: () => {},
      },
    }));
  }
  clock.advance(1_000);
  return [ends[0] as Link, ends[1] as Link];
}

function talks(pair: Pair): void {
  pair.alice.messages.length = 0;
  pair.bob.messages.length = 0;
  pair.alice.table.send(bob.peer, "to bob");
  pair.bob.table.send(alice.peer, "to alice");
  pair.settle();
  assert.deepEqual(pair.bob.messages, ["to bob"]);
  assert.deepEqual(pair.alice.messages, ["to alice"]);
}

Deno.test("LinkTable.dial() opens one link that carries both ways", () => {
  const pair = new Pair();
  pair.alice.table.dial(bob);
  pair.alice.table.dial(bob);
  pair.settle();
  assert.deepEqual([pair.alice.opened, pair.bob.opened], [["bob"], ["alice"]]);
  talks(pair);
});

Deno.test("LinkTable makes one link when both dial at once", () => {
  const pair = new Pair();
  pair.alice.table.dial(bob);
  pair.bob.table.dial(alice);
  pair.settle();
  assert.deepEqual([pair.alice.opened, pair.bob.opened], [["bob"], ["alice"]]);
  assert.deepEqual([pair.alice.closed, pair.bob.closed], [[], []]);
  talks(pair);
});

Deno.test("LinkTable replaces a link that the other side has lost and dials anew", () => {
  const pair = new Pair();
  pair.alice.table.dial(bob);
  pair.settle();
  pair.network.cut((link) => link.options.remote === bob.peer);
  assert.deepEqual(pair.alice.closed, ["broken"]);
  pair.alice.table.dial(bob);
  pair.settle();
  assert.deepEqual(pair.bob.closed, [undefined]);
  talks(pair);
});

Deno.test("LinkTable.hangUp() tells the other side even where no link has opened", () => {
  const pair = new Pair();
  pair.loses = ({ type }) => type === "answer";
  pair.alice.table.dial(bob);
  pair.clock.advance(20);
  pair.alice.table.hangUp(bob.peer);
  pair.loses = () => false;
  pair.settle();
  assert.deepEqual(pair.alice.closed, []);
  assert.deepEqual(pair.bob.table.linked(), []);
});

Deno.test("LinkTable answers nobody whom it does not accept", () => {
  const pair = new Pair();
  pair.accepts = false;
  pair.alice.table.dial(bob);
  pair.settle();
  assert.deepEqual(pair.bob.opened, []);
  assert.deepEqual(pair.alice.opened, []);
});

Deno.test("LinkTable ignores signals for a link that is over", () => {
  const pair = new Pair();
  pair.alice.table.dial(bob);
  pair.settle();
  const link = peerId("long-gone");
  pair.bob.table.receive(alice, { type: "hang-up", link });
  pair.bob.table.receive(alice, { type: "answer", link, sdp: "" });
  talks(pair);
});

Deno.test("A link opens with the certificates that were described, and with no other", () => {
  const open = new Pair();
  const seen: LinkFingerprints[] = [];
  const [a, b] = pairOfLinks(open, (fingerprints) => seen.push(fingerprints));
  assert.equal(seen.length, 2);
  assert.equal(seen[0]?.local, seen[1]?.remote);
  assert.equal(seen[0]?.remote, seen[1]?.local);
  assert.notEqual(seen[0]?.local, seen[0]?.remote);
  a.close();
  b.close();

  const tampered = new Pair();
  const none: LinkFingerprints[] = [];
  const other = Array(32).fill("EE").join(":");
  pairOfLinks(
    tampered,
    (it) => none.push(it),
    (signal) =>
      "sdp" in signal
        ? { ...signal, sdp: `a=fingerprint:sha-256 ${other}\r\n` }
        : signal,
  );
  assert.deepEqual(none, []);
});
