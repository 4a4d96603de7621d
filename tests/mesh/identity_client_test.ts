/** A device's identity against the backend's own routes. @module */
import assert from "node:assert/strict";
import { CERTIFICATE_LIFE_MS } from "../../lib/auth/revocations.ts";
import { ManualClock } from "../../lib/clock.ts";
import {
  type Identity,
  IDENTITY_ASK_AGAIN_MS,
  IDENTITY_CHECK_MS,
  IDENTITY_RETRY_MAX_MS,
  IDENTITY_RETRY_MIN_MS,
  IdentityClient,
} from "../../lib/mesh/identity_client.ts";
import type { IdentityFault } from "../../lib/mesh/identity_http.ts";
import { type KeyStore, MemoryKeyStore } from "../../lib/mesh/key_store.ts";
import { RevocationList } from "../../lib/mesh/revocation_list.ts";
import { identityApp, someServerKey } from "../tools/identity_app.ts";
import { newSigner, testKeys } from "../tools/test_device.ts";

/** Lets what was begun go on until `isDone`. */
async function until(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !isDone(); turn++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.ok(isDone());
}

const DAY_MS = 24 * 3_600_000;
type App = ReturnType<typeof identityApp>;

interface Given {
  app?: App;
  fetch?: App["ask"];
  store?: KeyStore;
  clock?: ManualClock;
  user?: string;
}

/** A page of mai's, whose clock is the server's unless it is given one. */
function openPage(given: Given = {}) {
  const app = given.app ?? identityApp();
  const paths: string[] = [];
  const news: (Identity | IdentityFault)[] = [];
  let told = () => {};
  const revoked = { told: 0 };
  const tell = (what: Identity | IdentityFault) => {
    news.push(what);
    told();
  };
  const ask = given.fetch ?? app.ask;
  const clock = given.clock ?? app.clock;
  let timers = 0;
  const client = new IdentityClient({
    user: given.user ?? "mai",
    keys: testKeys,
    store: given.store ?? new MemoryKeyStore(),
    fetch: (path, init) => {
      paths.push(path);
      return ask(path, init);
    },
    clock: {
      now: () => clock.now(),
      after(delayMs, run) {
        timers++;
        return clock.after(delayMs, () => {
          timers--;
          run();
        });
      },
    },
    openRevocations: (fetch) => new RevocationList(fetch),
    events: { identified: tell, failed: tell, revoked: () => revoked.told++ },
  });
  /** What is told next, or was told and not asked for yet. */
  const next = async () => {
    if (news.length === 0) {
      await new Promise<void>((resolve) => told = resolve);
    }
    const what = news.shift();
    assert.ok(what);
    return what;
  };
  const identity = async () => {
    const what = await next();
    assert.ok(typeof what === "object", `failed: ${what}`);
    return what;
  };
  /** When the round that runs has set the time of the next. */
  const settled = () => until(() => timers === 1);
  return { app, client, paths, next, identity, settled, revoked };
}

Deno.test("IdentityClient gets a certificate for a key of its own", async () => {
  const { app, client, identity, paths } = openPage();
  client.start();
  const { certificate, signer } = await identity();
  assert.equal(certificate.key, signer.key);
  assert.deepEqual([certificate.user, certificate.userSince], ["mai", 1_000]);
  assert.deepEqual(client.identity, { certificate, signer });
  assert.deepEqual(
    paths,
    ["/identity/keys", "/identity/nonce", "/identity"],
  );
  assert.deepEqual(app.records.map(({ key }) => key), [signer.key]);
  client.stop();
});

Deno.test("IdentityClient keeps key and certificate over a reload", async () => {
  const store = new MemoryKeyStore();
  const first = openPage({ store });
  first.client.start();
  const { certificate } = await first.identity();
  first.client.stop();
  const second = openPage({ store, app: first.app });
  second.client.start();
  assert.deepEqual((await second.identity()).certificate, certificate);
  assert.deepEqual(second.paths, ["/identity/keys"]);
  second.client.stop();
});

Deno.test("two tabs that open at once have one key", async () => {
  const store = new MemoryKeyStore();
  const one = openPage({ store });
  const two = openPage({ store, app: one.app });
  one.client.start();
  two.client.start();
  const keys = [await one.identity(), await two.identity()]
    .map(({ signer }) => signer.key);
  assert.equal(keys[0], keys[1]);
  one.client.stop();
  two.client.stop();
});

Deno.test("IdentityClient renews its certificate when a third of its life is left", async () => {
  const { app, client, identity, paths, settled } = openPage();
  client.start();
  const first = await identity();
  const rounds = CERTIFICATE_LIFE_MS * 2 / 3 / IDENTITY_CHECK_MS;
  for (let round = 1; round <= rounds; round++) {
    assert.equal(paths.length, 2 + round);
    await settled();
    app.clock.advance(IDENTITY_CHECK_MS);
  }
  const second = await identity();
  assert.equal(second.certificate.key, first.certificate.key);
  assert.ok(second.certificate.expiresAt > first.certificate.expiresAt);
  const leftMs = first.certificate.expiresAt - second.certificate.issuedAt;
  assert.equal(leftMs, CERTIFICATE_LIFE_MS / 3);
  client.stop();
});

Deno.test("IdentityClient gets another certificate when the server has another key", async () => {
  const store = new MemoryKeyStore();
  const before = openPage({ store });
  before.client.start();
  const first = await before.identity();
  before.client.stop();
  const app = identityApp(someServerKey());
  const after = openPage({ store, app });
  after.client.start();
  const second = await after.identity();
  assert.equal(second.certificate.key, first.certificate.key);
  assert.equal(second.certificate.issuer, app.serverKey.key);
  assert.equal(await after.client.isGenuine(first.certificate), false);
  after.client.stop();
});

Deno.test("an account made anew under the old name gets another key in the same browser", async () => {
  const store = new MemoryKeyStore();
  const { app, client, identity } = openPage({ store });
  client.start();
  const first = await identity();
  client.stop();
  app.sessions.endAllOf("mai");
  app.accounts.removeUnlessLast("mai");
  app.addAccount("mai", 9_000);
  const fetch = app.asker(app.logIn("mai"));
  const again = openPage({ store, app, fetch });
  again.client.start();
  const second = await again.identity();
  assert.equal(second.certificate.userSince, 9_000);
  assert.notEqual(second.certificate.key, first.certificate.key);
  again.client.stop();
});

Deno.test("IdentityClient says who is signed out, and does not ask again", async () => {
  const app = identityApp();
  for (const cookie of ["", app.logIn("an")]) {
    const page = openPage({ app, fetch: app.asker(cookie) });
    page.client.start();
    assert.equal(await page.next(), "signed-out");
    const asked = page.paths.length;
    app.clock.advance(IDENTITY_RETRY_MAX_MS * 10);
    assert.equal(page.paths.length, asked);
  }
});

Deno.test("IdentityClient says when the account has too many devices, and gets in when it is its turn", async () => {
  const app = identityApp();
  const early = Array.from({ length: 30 }, () => openPage({ app }));
  for (const page of early) page.client.start();
  await Promise.all(early.map((page) => page.identity()));
  for (const page of early) page.client.stop();
  const { client, next, identity } = openPage({ app });
  client.start();
  assert.equal(await next(), "too-many-requests");
  app.clock.advance(IDENTITY_RETRY_MIN_MS);
  assert.equal(await next(), "too-many-requests");
  app.clock.advance(IDENTITY_RETRY_MAX_MS);
  assert.equal((await identity()).certificate.user, "mai");
  client.stop();
});

Deno.test("IdentityClient tries again, less and less often, until the server answers", async () => {
  const app = identityApp();
  let isUp = false;
  const fetch = (path: string, init?: RequestInit) =>
    isUp ? app.ask(path, init) : Promise.reject(new TypeError("no network"));
  const { client, next, identity, paths } = openPage({ app, fetch });
  client.start();
  for (let delay = IDENTITY_RETRY_MIN_MS; delay < 8_000; delay *= 2) {
    assert.equal(await next(), "no-server");
    const asked = paths.length;
    app.clock.advance(delay - 1);
    assert.equal(paths.length, asked);
    app.clock.advance(1);
    assert.equal(paths.length, asked + 1);
  }
  assert.equal(await next(), "no-server");
  isUp = true;
  app.clock.advance(IDENTITY_RETRY_MAX_MS);
  assert.equal((await identity()).certificate.user, "mai");
  client.stop();
});

Deno.test("IdentityClient takes no answer that is not what it asked for", async () => {
  const app = identityApp();
  const other = await newSigner();
  const answers: ((text: string) => string)[] = [
    () => "<html>",
    () => "{}",
    (text) => text.replace('"user":"mai"', '"user":"an"'),
    (text) =>
      text.replace(/("certificate":.*?"key":)"[^"]+"/, `$1"${other.key}"`),
    (text) => text.replace(/("userSince":)1000/, "$12000"),
  ];
  for (const change of answers) {
    const fetch = async (path: string, init?: RequestInit) => {
      const answer = await app.ask(path, init);
      if (path !== "/identity") return answer;
      return new Response(change(await answer.text()));
    };
    const { client, next } = openPage({ app, fetch });
    client.start();
    assert.equal(await next(), "refused", change.toString());
    client.stop();
  }
});

Deno.test("a proxy's page for a dead backend is no answer of the server's", async () => {
  for (const status of [502, 404]) {
    const fetch = () =>
      Promise.resolve(new Response("<h1>Bad gateway</h1>", { status }));
    const { client, next } = openPage({ fetch });
    client.start();
    assert.equal(await next(), "no-server");
    client.stop();
  }
});

Deno.test("IdentityClient has one key for a page whose store fails", async () => {
  const fails = () =>
    Promise.reject(new DOMException("x", "QuotaExceededError"));
  const store = {
    load: fails,
    keepKey: fails,
    keepCertificate: fails,
    close() {},
  };
  const { app, client, identity, paths, settled } = openPage({ store });
  client.start();
  const { signer } = await identity();
  await settled();
  app.clock.advance(IDENTITY_CHECK_MS);
  await until(() => paths.length === 4);
  await settled();
  assert.equal(client.identity?.signer.key, signer.key);
  assert.equal(app.records.length, 1);
  client.stop();
});

Deno.test("a clock four months wrong changes nothing", async () => {
  const app = identityApp();
  const other = openPage({ app });
  other.client.start();
  const { certificate } = await other.identity();
  for (const off of [-120 * DAY_MS, 120 * DAY_MS]) {
    const clock = new ManualClock(app.clock.now() + off);
    const { client, identity } = openPage({ app, clock });
    client.start();
    const own = await identity();
    assert.equal(await client.isCurrent(certificate), true);
    assert.equal(await other.client.isCurrent(own.certificate), true);
    client.stop();
  }
  other.client.stop();
});

Deno.test("a clock that is moved while the page is open is found out, at one question a minute", async () => {
  const app = identityApp();
  const other = openPage({ app });
  other.client.start();
  const { certificate } = await other.identity();
  const clock = new ManualClock(app.clock.now());
  const { client, identity, paths } = openPage({ app, clock });
  client.start();
  await identity();
  client.stop();
  clock.advance(120 * DAY_MS);
  const asked = paths.length;
  assert.equal(await client.isCurrent(certificate), true);
  assert.equal(paths.length, asked + 1);
  const expired = { ...certificate, expiresAt: certificate.issuedAt + 1 };
  app.clock.advance(2 * DAY_MS);
  clock.advance(2 * DAY_MS);
  for (let times = 0; times < 50; times++) {
    assert.equal(await client.isCurrent(expired), false);
  }
  assert.equal(paths.length, asked + 2);
  clock.advance(IDENTITY_ASK_AGAIN_MS);
  await client.isCurrent(expired);
  assert.equal(paths.length, asked + 3);
  other.client.stop();
});

Deno.test("history is judged by who signed it, links by the date as well", async () => {
  const { app, client, identity } = openPage();
  client.start();
  const { certificate } = await identity();
  client.stop();
  app.clock.advance(CERTIFICATE_LIFE_MS + 2 * DAY_MS);
  assert.equal(await client.isCurrent(certificate), false);
  assert.equal(await client.isGenuine(certificate), true);
  const forged = { ...certificate, user: "an" };
  assert.equal(await client.isGenuine(forged), false);
});

const MAI = { username: "mai", createdAt: 1_000 };
const AN = { username: "an", createdAt: 2_000 };

/** What an's device of the same server has. */
async function certificateOfAn(app: App) {
  const page = openPage({ app, fetch: app.asker(app.logIn("an")), user: "an" });
  page.client.start();
  const { certificate } = await page.identity();
  page.client.stop();
  return certificate;
}

Deno.test("IdentityClient believes no certificate that it was told is revoked, but one of later", async () => {
  const { app, client, identity, paths, revoked } = openPage();
  client.start();
  await identity();
  const old = await certificateOfAn(app);
  assert.equal(client.isRevoked(old), false);
  app.revocations.add(AN);
  client.toldOfRevocation(1);
  await until(() => revoked.told === 1);
  assert.equal(client.isRevoked(old), true);
  // It was true when it was signed: what an said before stays an's.
  assert.equal(await client.isGenuine(old), true);
  assert.equal(client.isRevoked(await certificateOfAn(app)), false);
  assert.equal(client.isRevoked({ ...old, userSince: 3_000 }), false);
  const asked = paths.length;
  client.toldOfRevocation(1);
  assert.equal(paths.length, asked);
  client.stop();
});

Deno.test("IdentityClient has its own certificate renewed when that is revoked and the session is not", async () => {
  const { app, client, identity, revoked } = openPage();
  client.start();
  const first = await identity();
  app.revocations.add(MAI);
  client.toldOfRevocation(1);
  const second = await identity();
  assert.equal(second.certificate.key, first.certificate.key);
  await until(() => revoked.told === 1);
  assert.equal(client.isRevoked(first.certificate), true);
  assert.equal(client.isRevoked(second.certificate), false);
  client.stop();
});

Deno.test("IdentityClient shows no kept certificate that was revoked while it was closed", async () => {
  const store = new MemoryKeyStore();
  const before = openPage({ store });
  before.client.start();
  const first = await before.identity();
  before.client.stop();
  before.app.revocations.add(MAI);
  const after = openPage({ store, app: before.app });
  after.client.start();
  const second = await after.identity();
  assert.equal(second.certificate.key, first.certificate.key);
  assert.ok(second.certificate.issuedAt > first.certificate.issuedAt);
  after.client.stop();
});

Deno.test("IdentityClient asks for revocations that it could not get when it is told again, and of itself no more", async () => {
  const app = identityApp();
  let isUp = true;
  const fetch = (path: string, init?: RequestInit) =>
    isUp ? app.ask(path, init) : Promise.reject(new TypeError("no network"));
  const { client, identity, paths, settled, revoked } = openPage({
    ...{ app, fetch },
  });
  client.start();
  await identity();
  await settled();
  const old = await certificateOfAn(app);
  app.revocations.add(AN);
  isUp = false;
  const asked = paths.length;
  client.toldOfRevocation(1);
  client.toldOfRevocation(2);
  await until(() => paths.length === asked + 1);
  await settled();
  isUp = true;
  client.toldOfRevocation(1);
  await until(() => revoked.told === 1);
  assert.equal(client.isRevoked(old), true);
  await settled();
  client.stop();
  app.clock.advance(60_000);
  assert.equal(paths.length, asked + 2);
});

Deno.test("IdentityClient keeps one list of revocations, whatever is told while its script loads", async () => {
  const { app, client, identity, paths, revoked } = openPage();
  client.start();
  await identity();
  const old = await certificateOfAn(app);
  app.revocations.add(AN);
  const asked = paths.length;
  client.toldOfRevocation(1);
  client.toldOfRevocation(1);
  await until(() => revoked.told === 2);
  assert.equal(paths.length, asked + 1);
  assert.equal(client.isRevoked(old), true);
  client.stop();
});

Deno.test("IdentityClient renews its own certificate also where the server's keys were asked for just before", async () => {
  const app = identityApp();
  const early = Promise.withResolvers<void>();
  let held = 0;
  const fetch = async (path: string, init?: RequestInit) => {
    const answer = await app.ask(path, init);
    if (path === "/identity/keys" && ++held === 2) await early.promise;
    return answer;
  };
  const { client, identity } = openPage({ app, fetch });
  client.start();
  const { certificate, signer } = await identity();
  app.clock.advance(IDENTITY_ASK_AGAIN_MS);
  void client.isGenuine({ ...certificate, issuer: signer.key });
  await until(() => held === 2);
  app.revocations.add(MAI);
  client.toldOfRevocation(1);
  await until(() => client.isRevoked(certificate));
  early.resolve();
  await until(() => client.identity?.certificate !== certificate);
  const renewed = await identity();
  assert.equal(client.isRevoked(renewed.certificate), false);
  client.stop();
});

Deno.test("IdentityClient asks for all revocations where the server counts anew", async () => {
  const { app, client, identity, paths, revoked } = openPage();
  client.start();
  await identity();
  app.revocations.add(AN);
  app.revocations.add(AN);
  client.toldOfRevocation(2);
  await until(() => revoked.told === 1);
  client.toldOfRevocation(1);
  await until(() => revoked.told === 2);
  assert.deepEqual(
    paths.filter((path) => path.startsWith("/identity/revocations")),
    ["/identity/revocations?after=0", "/identity/revocations?after=0"],
  );
  client.stop();
});
