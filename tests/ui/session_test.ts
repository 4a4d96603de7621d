import assert from "node:assert/strict";
import { fetchUser } from "../../lib/ui/session.ts";

function answering(response: Response): typeof fetch {
  return () => Promise.resolve(response);
}

Deno.test("fetchUser() reads the session's user", async () => {
  const get = answering(Response.json({ username: "admin" }));
  assert.equal(await fetchUser(get), "admin");
});

Deno.test("fetchUser() knows that nobody is logged in", async () => {
  const get = answering(Response.json({}, { status: 401 }));
  assert.equal(await fetchUser(get), undefined);
});

Deno.test("fetchUser() rejects where the server fails or answers nonsense", async () => {
  const answers = [
    new Response("Bad gateway", { status: 502 }),
    Response.json({ username: "" }),
    Response.json({ username: 7 }),
    Response.json(null),
    new Response("<html>"),
  ];
  await Promise.all(
    answers.map((response) => assert.rejects(fetchUser(answering(response)))),
  );
});
