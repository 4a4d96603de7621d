import assert from "node:assert/strict";
import { REQUEST_RATE, TokenBuckets } from "../lib/tracker/request_rate.ts";
import { TokenBucket } from "../lib/token_bucket.ts";

/** How many requests it allows at once. */
function drain(bucket: TokenBucket, now: number): number {
  let allowed = 0;
  while (bucket.take(now)) allowed++;
  return allowed;
}

Deno.test("TokenBucket allows a burst, then the steady rate", () => {
  const bucket = new TokenBucket(REQUEST_RATE, 0);
  assert.equal(drain(bucket, 0), REQUEST_RATE.burst);
  assert.equal(drain(bucket, 1_000), REQUEST_RATE.perSecond);
  assert.equal(drain(bucket, 3_000), 2 * REQUEST_RATE.perSecond);
});

Deno.test("TokenBucket never holds more than a burst", () => {
  const bucket = new TokenBucket(REQUEST_RATE, 0);
  drain(bucket, 0);
  assert.equal(bucket.isFull(1_000), false);
  assert.equal(bucket.isFull(3_600_000), true);
  assert.equal(drain(bucket, 3_600_000), REQUEST_RATE.burst);
});

Deno.test("TokenBucket survives a clock that is set back", () => {
  const bucket = new TokenBucket(REQUEST_RATE, 1_000_000);
  assert.equal(bucket.take(0), true);
  assert.equal(drain(bucket, 0), REQUEST_RATE.burst - 1);
  assert.equal(drain(bucket, 1_000), REQUEST_RATE.perSecond);
});

Deno.test("TokenBuckets forgets who has not asked for a while, and nobody sooner", () => {
  const buckets = new TokenBuckets();
  drain(buckets.of("ann", 0), 0);
  buckets.of("ben", 0).take(0);
  assert.equal(buckets.sweep(1_000), 1);
  assert.equal(drain(buckets.of("ann", 1_000), 1_000), REQUEST_RATE.perSecond);
  assert.equal(buckets.sweep(3_600_000), 0);
});

Deno.test("TokenBucket tells when the next request is allowed", () => {
  const bucket = new TokenBucket({ perSecond: 2, burst: 1 }, 0);
  assert.equal(bucket.msUntilNext(0), 0);
  bucket.take(0);
  assert.equal(bucket.msUntilNext(0), 500);
  assert.equal(Math.round(bucket.msUntilNext(400)), 100);
  assert.equal(bucket.msUntilNext(9000), 0);
});
