import assert from "node:assert/strict";
import { RevocationList } from "../../lib/mesh/revocation_list.ts";
import {
  type Revocation,
  type Revocations,
  REVOCATIONS_MAX,
} from "../../lib/wire/identity.ts";
import { certificateOf, deviceKey } from "../tools/cheap_keys.ts";

const ALICE = certificateOf("alice", deviceKey("alice"));
const { userSince, issuedAt } = ALICE;

function rowOf(user: string): Revocation {
  return { user, userSince, before: issuedAt + 1 };
}

/** A list at a server that answers with these, one after the other. */
function listAt(...answers: Revocations[]) {
  const asked: string[] = [];
  const list = new RevocationList((path) => {
    asked.push(path.replace("/identity/revocations?", ""));
    return Promise.resolve(Response.json(answers.shift()));
  });
  return { list, asked };
}

Deno.test("RevocationList.has() is about certificates of the account from before, and no others", async () => {
  const { list } = listAt({ revocations: [rowOf("alice")], last: 4 });
  assert.equal(list.has(ALICE), false);
  await list.update(4);
  assert.equal(list.has(ALICE), true);
  assert.equal(list.has({ ...ALICE, issuedAt: issuedAt + 1 }), false);
  assert.equal(list.has({ ...ALICE, user: "bob" }), false);
  assert.equal(list.has({ ...ALICE, userSince: userSince + 1 }), false);
});

Deno.test("RevocationList asks for what is new, or for all where the server counts anew", async () => {
  const none: Revocation[] = [];
  const { list, asked } = listAt(
    ...[4, 6, 3].map((last) => ({ revocations: none, last })),
  );
  for (const number of [4, 6, 3]) await list.update(number);
  assert.deepEqual(asked, ["after=0", "after=4", "after=0"]);
  assert.equal(list.last, 3);
});

Deno.test("RevocationList forgets what a server that counts anew does not know", async () => {
  const { list } = listAt(
    { revocations: [rowOf("alice"), rowOf("bob")], last: 4 },
    { revocations: [rowOf("bob")], last: 1 },
  );
  await list.update(4);
  await list.update(1);
  assert.equal(list.has(ALICE), false);
  assert.equal(list.has({ ...ALICE, user: "bob" }), true);
});

Deno.test("RevocationList asks one thing at a time, whatever numbers a tracker tells", async () => {
  const { list, asked } = listAt(
    { revocations: [rowOf("alice")], last: 1 },
    { revocations: [rowOf("bob")], last: 2 },
  );
  const told = Array.from({ length: 100 }, (_, at) => list.update(at + 1));
  await Promise.all(told);
  assert.deepEqual(asked, ["after=0"]);
  assert.equal(list.has(ALICE), true);
  await list.update(2);
  assert.deepEqual(asked, ["after=0", "after=1"]);
});

Deno.test("RevocationList keeps REVOCATIONS_MAX accounts, those told last", async () => {
  const all = Array.from(
    { length: REVOCATIONS_MAX },
    (_, at) => rowOf(`user${at}`),
  );
  const { list } = listAt(
    { revocations: all, last: all.length },
    { revocations: [rowOf("user0"), rowOf("one more")], last: all.length + 2 },
  );
  await list.update(all.length);
  await list.update(all.length + 2);
  const has = (user: string) => list.has({ ...ALICE, user });
  const names = ["user0", "user1", "user2", "one more"];
  assert.deepEqual(names.map(has), [true, false, true, true]);
});

Deno.test("RevocationList keeps what it has where the server does not answer", async () => {
  const list = new RevocationList(() =>
    Promise.resolve(new Response("", { status: 502 }))
  );
  await assert.rejects(list.update(1), { fault: "no-server" });
  assert.equal(list.last, 0);
});
