import assert from "node:assert/strict";
import {
  AUTHORS_COUNTED_MAX,
  type Holdings,
  STRAYS_MAX,
  SubtreeCounts,
} from "../../lib/mesh/subtree_counts.ts";
import { seededRandom } from "../../lib/random.ts";
import {
  COUNT_MAX,
  COUNTS_PER_MESSAGE_MAX,
  encodeLinkMessage,
} from "../../lib/wire/link.ts";
import { deviceKey } from "../tools/cheap_keys.ts";
import { peerId } from "../tools/ids.ts";

const alice = deviceKey("alice");
const [ann, ben, cleo] = ["ann", "ben", "cleo"].map(peerId) as [
  string,
  string,
  string,
];

function countOf(last: number, count: number, floor = 0) {
  return { author: alice, floor, last, count };
}

function latest(author: string, last: number, { user = author, at = 0 } = {}) {
  return { author: deviceKey(author), user, last, at };
}

/** We hold all of it, and so do these neighbours; none of them is its author. */
function heldBy(...holders: string[]): Holdings {
  const linkTo = () => undefined;
  return { floorOf: () => 0, linkTo, holdersOf: () => holders };
}

function newsOf(counts: SubtreeCounts, holdings = heldBy()) {
  return [...counts.news(holdings)];
}

/** We have alice's entry `last` from ann. */
function setUp(last = 7): SubtreeCounts {
  const counts = new SubtreeCounts();
  counts.came(latest("alice", last), ann);
  return counts;
}

Deno.test("SubtreeCounts.news() tells the source of us and of those behind us, once", () => {
  const counts = setUp();
  counts.told(ben, countOf(7, 3));
  counts.told(cleo, countOf(7, 1));
  assert.deepEqual(newsOf(counts), [[ann, [countOf(7, 5)]]]);
  assert.deepEqual(newsOf(counts), []);
  counts.told(ben, countOf(7, 4));
  assert.deepEqual(newsOf(counts), [[ann, [countOf(7, 6)]]]);
});

Deno.test("SubtreeCounts counts nobody for an entry that he told nothing of", () => {
  const counts = setUp();
  counts.told(ben, countOf(6, 3));
  assert.equal(counts.below(alice, 7).count, 0);
  assert.equal(counts.told(ben, countOf(8, 3)), false);
  assert.equal(counts.told(cleo, { ...countOf(7, 3), author: "X" }), false);
});

Deno.test("SubtreeCounts tells of the newer entry only, and to whom that came from", () => {
  const counts = setUp();
  counts.told(ben, countOf(7, 3));
  counts.came(latest("alice", 8), ben);
  counts.came(latest("alice", 5), cleo);
  assert.deepEqual(newsOf(counts), [[ben, [countOf(8, 1)]]]);
});

Deno.test("SubtreeCounts tells nobody of what was written here", () => {
  const counts = new SubtreeCounts();
  counts.came(latest("alice", 7), undefined);
  counts.told(ben, countOf(7, 3));
  assert.deepEqual(newsOf(counts, heldBy(ben)), []);
  assert.equal(counts.below(alice).count, 3);
});

Deno.test("SubtreeCounts says above which entry all of them hold the log, and when that is lower", () => {
  const counts = setUp();
  counts.told(ben, countOf(7, 3, 4));
  const holdings = { ...heldBy(), floorOf: () => 2 };
  assert.deepEqual(newsOf(counts, holdings), [[ann, [countOf(7, 4, 4)]]]);
  counts.told(ben, countOf(7, 3, 0));
  assert.deepEqual(newsOf(counts, holdings), [[ann, [countOf(7, 4, 2)]]]);
});

Deno.test("SubtreeCounts.forget() keeps whom the neighbour had counted, for that entry", () => {
  const counts = setUp();
  counts.told(ben, countOf(7, 3, 4));
  counts.forget(ben);
  assert.deepEqual(counts.below(alice), { floor: 4, last: 7, count: 3 });
  // Linked anew it begins anew.
  counts.told(ben, countOf(7, 2));
  assert.deepEqual(newsOf(counts), [[ann, [countOf(7, 6, 4)]]]);
  counts.came(latest("alice", 8), ann);
  assert.equal(counts.below(alice).count, 0);
});

Deno.test("SubtreeCounts hands what is left to another holder where the source is gone, nobody twice", () => {
  const counts = setUp();
  counts.told(ben, countOf(7, 3));
  newsOf(counts);
  counts.forget(ann);
  assert.deepEqual(newsOf(counts, heldBy(ben, cleo)), []);
  counts.told(ben, countOf(7, 5));
  const news = newsOf(counts, heldBy(ben, cleo));
  assert.deepEqual(news, [[cleo, [countOf(7, 2)]]], "ben has it from us");
  counts.told(ben, countOf(7, 6));
  // The number is of all that went over this link.
  const more = newsOf(counts, heldBy(ben, cleo));
  assert.deepEqual(more, [[cleo, [countOf(7, 3)]]]);
});

Deno.test("SubtreeCounts hands on to the author itself, wherever that is linked", () => {
  const counts = setUp();
  newsOf(counts);
  counts.told(ben, countOf(7, 3));
  const holdings = { ...heldBy(), linkTo: () => cleo };
  assert.deepEqual(newsOf(counts, holdings), [[cleo, [countOf(7, 3)]]]);
});

Deno.test("SubtreeCounts looks for another way where its source hands counts to it", () => {
  const counts = setUp();
  newsOf(counts);
  assert.equal(counts.told(ann, countOf(7, 4)), true);
  const news = newsOf(counts, heldBy(ann, cleo));
  assert.deepEqual(news, [[cleo, [countOf(7, 4)]]]);
});

Deno.test("SubtreeCounts lets nothing go in circles for ever", () => {
  const counts = setUp();
  counts.forget(ann);
  let times = 0;
  for (let count = 1; count <= STRAYS_MAX * 3; count++) {
    counts.told(ben, countOf(7, count));
    times += newsOf(counts, heldBy(ben)).length;
  }
  assert.equal(times, STRAYS_MAX);
});

Deno.test("SubtreeCounts.news() says no more than a message may", () => {
  const counts = setUp();
  counts.told(ben, countOf(7, COUNT_MAX));
  counts.told(cleo, countOf(7, COUNT_MAX));
  assert.deepEqual(newsOf(counts), [[ann, [countOf(7, COUNT_MAX)]]]);
});

Deno.test("SubtreeCounts.news() comes to all authors, round by round, in small messages", () => {
  const counts = new SubtreeCounts();
  const authors = Array.from({ length: 100 }, (_, at) => `author${at}`);
  for (const author of authors) counts.came(latest(author, 1), ann);
  const told: string[] = [];
  for (let round = 0; round < 4; round++) {
    const [[to, list] = []] = newsOf(counts);
    assert.ok(to === ann && list !== undefined);
    const text = encodeLinkMessage({
      type: "counted",
      channel: "general",
      counts: list,
    });
    assert.ok(list.length <= COUNTS_PER_MESSAGE_MAX && text.length < 4_096);
    assert.equal(counts.isWaiting, round < 3);
    told.push(...list.map(({ author }) => author));
    // One that always changes keeps nobody waiting.
    counts.told(ben, {
      ...countOf(1, round + 1),
      author: deviceKey("author0"),
    });
  }
  assert.deepEqual(new Set(told), new Set(authors.map(deviceKey)));
});

Deno.test("SubtreeCounts remembers the authors who wrote last, also where the older come later, and its own", () => {
  const counts = new SubtreeCounts();
  counts.came(latest("alice", 1), undefined);
  for (let at = AUTHORS_COUNTED_MAX * 2; at > 0; at--) {
    counts.came(latest(`author${at}`, 1, { at }), ann);
  }
  const isKnown = (author: string) =>
    counts.told(ben, { ...countOf(1, 1), author: deviceKey(author) });
  assert.ok(isKnown("alice"));
  assert.ok(isKnown(`author${AUTHORS_COUNTED_MAX * 2}`));
  assert.ok(isKnown(`author${AUTHORS_COUNTED_MAX + 2}`));
  assert.ok(!isKnown(`author${AUTHORS_COUNTED_MAX + 1}`));
});

Deno.test("SubtreeCounts is not filled by one user with many keys", () => {
  const counts = new SubtreeCounts();
  const honest = Array.from({ length: 60 }, (_, at) => `honest${at}`);
  for (const author of honest) counts.came(latest(author, 1), ann);
  for (let at = 0; at < AUTHORS_COUNTED_MAX * 3; at++) {
    counts.came(latest(`fake${at}`, 1, { user: "mallory", at: 9 + at }), ben);
  }
  for (const author of honest) {
    const count = { ...countOf(1, 1), author: deviceKey(author) };
    assert.ok(counts.told(cleo, count), author);
  }
});

/** Members that hold alice's entry, and links between them that come and go. */
class Room {
  readonly #members = new Map<string, SubtreeCounts>();
  readonly #links = new Map<string, Set<string>>();
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#add().came(latest("alice", 1), undefined);
  }

  get counted(): number {
    return [...this.#members.values()][0]?.below(alice).count ?? 0;
  }

  get size(): number {
    return this.#members.size;
  }

  pick(among: Iterable<string> = this.#members.keys()): string {
    const all = [...among];
    return all[Math.floor(this.#random() * all.length)] as string;
  }

  /** A newcomer that has the entry from one of its first links. */
  join(): void {
    const sources = new Set([this.pick(), this.pick(), this.pick()]);
    const [source] = sources;
    const name = `member${this.size}`;
    this.#add(name).came(latest("alice", 1), source);
    for (const other of sources) this.link(name, other);
  }

  link(a: string, b: string): void {
    if (a === b) return;
    this.#links.get(a)?.add(b);
    this.#links.get(b)?.add(a);
  }

  /** One of the links of somebody who has more than one. */
  unlink(): void {
    const a = this.pick();
    const links = this.#links.get(a) ?? new Set();
    const b = this.pick(links);
    if (links.size < 2 || (this.#links.get(b)?.size ?? 0) < 2) return;
    for (const [one, other] of [[a, b], [b, a]] as const) {
      this.#links.get(one)?.delete(other);
      this.#members.get(one)?.forget(other);
    }
  }

  /** Nobody is cut off from the others. */
  heal(): void {
    const all = [...this.#members.keys()];
    for (const [at, name] of all.entries()) {
      this.link(name, all.at(at - 1) ?? "");
    }
  }

  round(): void {
    for (const [from, counts] of this.#members) {
      const holders = [...this.#links.get(from) ?? []];
      const linkTo = () => holders.find((holder) => holder === "alice");
      const holdings = { ...heldBy(...holders), linkTo };
      for (const [to, [count]] of counts.news(holdings)) {
        if (count !== undefined) this.#members.get(to)?.told(from, count);
      }
    }
  }

  #add(name = "alice"): SubtreeCounts {
    const counts = new SubtreeCounts();
    this.#members.set(name, counts);
    this.#links.set(name, new Set());
    return counts;
  }
}

Deno.test("SubtreeCounts counts each member once, while links break and come in any order", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const room = new Room(seed);
    let before = 0;
    for (let step = 0; step < 300; step++) {
      const dice = step % 4;
      if (dice === 0 && room.size < 40) room.join();
      else if (dice === 1) room.unlink();
      else if (dice === 2) room.link(room.pick(), room.pick());
      else room.round();
      assert.ok(room.counted >= before, `seed ${seed}: it fell`);
      assert.ok(room.counted < room.size, `seed ${seed}: one counted twice`);
      before = room.counted;
    }
    room.heal();
    for (let round = 0; round < STRAYS_MAX; round++) room.round();
    assert.equal(room.counted, room.size - 1, `seed ${seed}`);
  }
});
