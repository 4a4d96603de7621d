import assert from "node:assert/strict";
import fc from "fast-check";
import { seededRandom } from "../../lib/random.ts";
import {
  AUDIENCE_MAX,
  type Channel,
  CHANNEL_IDLE_MS,
  Channels,
  type Member,
  sample,
  shareChannel,
} from "../../lib/tracker/channels.ts";
import {
  CHANNELS_MAX,
  CHANNELS_PER_PEER_MAX,
  PEERS_PER_REPLY_MAX,
} from "../../lib/wire/tracker_api.ts";
import { idOf } from "./_peers.ts";

function member(name: string): Member {
  return { id: idOf(name), user: name, places: new Map() };
}

function newChannels(): Channels {
  return new Channels(seededRandom(1));
}

/** Whether each member of `channel` knows the place that it has. */
function placesAgree(channel: Channel): boolean {
  return channel.members.every((other, at) => other.places.get(channel) === at);
}

Deno.test("Channels has general from the start, and for ever", () => {
  const channels = newChannels();
  assert.deepEqual(channels.list(), [{ channel: "general", peers: 0 }]);
  channels.sweep(10 * CHANNEL_IDLE_MS);
  assert.equal(channels.size, 1);
});

Deno.test("Channels.get() names an unknown channel's code", () => {
  assert.throws(() => newChannels().get("x"), { code: "unknown-channel" });
});

Deno.test("Channels.create() refuses one more than CHANNELS_MAX", () => {
  const channels = newChannels();
  for (let at = 1; at < CHANNELS_MAX; at++) channels.create(`c${at}`, 0);
  assert.equal(channels.size, CHANNELS_MAX);
  assert.throws(() => channels.create("more", 0), { code: "channel-limit" });
});

Deno.test("Channels.join() refuses a 65th channel of one peer", () => {
  const channels = newChannels();
  const ann = member("ann");
  for (let at = 0; at < CHANNELS_PER_PEER_MAX; at++) {
    channels.join(channels.create(`c${at}`, 0), ann);
  }
  const general = channels.get("general");
  assert.throws(() => channels.join(general, ann), { code: "channel-limit" });
  assert.equal(general.members.length, 0);
});

Deno.test("Channels.join() and leave() tell whether anything changed", () => {
  const channels = newChannels();
  const general = channels.get("general");
  const ann = member("ann");
  assert.equal(channels.leave(general, ann, 0), false);
  assert.equal(channels.join(general, ann), true);
  assert.equal(channels.join(general, ann), false);
  assert.equal(channels.leave(general, ann, 0), true);
  assert.equal(channels.leave(general, ann, 0), false);
  assert.equal(general.members.length, 0);
});

Deno.test("Channels keeps every member's place through any joins and leaves", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 7 })));
  fc.assert(fc.property(steps, (steps) => {
    const channels = newChannels();
    const general = channels.get("general");
    const members = Array.from({ length: 8 }, (_, at) => member(`m${at}`));
    const inside = new Set<Member>();
    for (const [joins, at] of steps) {
      const one = members[at] as Member;
      const changed = joins
        ? channels.join(general, one)
        : channels.leave(general, one, 0);
      assert.equal(changed, joins !== inside.has(one));
      if (joins) inside.add(one);
      else inside.delete(one);
      assert.ok(placesAgree(general));
      assert.deepEqual(new Set(general.members), inside);
    }
  }));
});

Deno.test("Channels.sweep() forgets a channel empty for a day, not one that is used", () => {
  const channels = newChannels();
  const ann = member("ann");
  const old = channels.create("old", 0);
  channels.create("empty", 1);
  channels.join(old, ann);
  channels.sweep(CHANNEL_IDLE_MS);
  assert.deepEqual(channels.list().map((info) => info.channel), [
    "general",
    "old",
    "empty",
  ]);
  channels.sweep(CHANNEL_IDLE_MS + 1);
  assert.equal(channels.find("empty"), undefined);
  channels.leave(old, ann, CHANNEL_IDLE_MS + 1);
  channels.sweep(2 * CHANNEL_IDLE_MS);
  assert.notEqual(channels.find("old"), undefined);
  channels.sweep(2 * CHANNEL_IDLE_MS + 1);
  assert.equal(channels.find("old"), undefined);
});

Deno.test("Channels.roster() of a large channel is a sample without the one who asks", () => {
  const channels = newChannels();
  const general = channels.get("general");
  const ann = member("ann");
  channels.join(general, ann);
  for (let at = 0; at < 500; at++) channels.join(general, member(`m${at}`));
  const seen = new Set<string>();
  for (let time = 0; time < 80; time++) {
    const roster = channels.roster(general, ann.id);
    assert.equal(roster.size, 501);
    assert.equal(roster.peers.length, PEERS_PER_REPLY_MAX);
    for (const { peer } of roster.peers) seen.add(peer);
  }
  assert.ok(!seen.has(ann.id));
  assert.ok(seen.size > 490, `80 samples of 50 saw ${seen.size} of 500`);
});

Deno.test("Channels.audience() is everyone else, in a huge channel AUDIENCE_MAX of them", () => {
  const channels = newChannels();
  const general = channels.get("general");
  const ann = member("ann");
  channels.join(general, ann);
  assert.deepEqual(channels.audience(general, ann), []);
  for (let at = 0; at < AUDIENCE_MAX; at++) {
    channels.join(general, member(`m${at}`));
  }
  assert.equal(channels.audience(general, ann).length, AUDIENCE_MAX);
  for (let at = 0; at < 100; at++) channels.join(general, member(`n${at}`));
  const audience = channels.audience(general, ann);
  assert.equal(new Set(audience).size, AUDIENCE_MAX);
  assert.ok(!audience.includes(ann.id));
});

Deno.test("sample() gives distinct items, as many as asked for where there are", () => {
  const random = seededRandom(7);
  fc.assert(
    fc.property(fc.nat({ max: 50 }), fc.nat({ max: 50 }), (has, asks) => {
      const items = Array.from({ length: has }, (_, at) => at);
      const chosen = sample(items, asks, random);
      assert.equal(chosen.length, Math.min(has, asks));
      assert.equal(new Set(chosen).size, chosen.length);
      assert.ok(chosen.every((item) => items.includes(item)));
    }),
  );
});

Deno.test("shareChannel() sees a common channel from either side", () => {
  const channels = newChannels();
  const [ann, ben] = [member("ann"), member("ben")];
  const general = channels.get("general");
  channels.join(general, ann);
  channels.join(channels.create("x", 0), ben);
  assert.equal(shareChannel(ann, ben), false);
  channels.join(general, ben);
  assert.equal(shareChannel(ann, ben), true);
  assert.equal(shareChannel(ben, ann), true);
});
