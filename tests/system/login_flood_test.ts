/** Two hundred people who log in at once, and one who reads. @module */
import assert from "node:assert/strict";
import { hashesAtOnce } from "../../lib/auth/password.ts";
import { readInFlood, readPages } from "../bench/login_flood.ts";
import { processKib } from "../tools/process_memory.ts";
import { pidOf, TestSystem } from "../tools/services.ts";
import { ask, json } from "./_door.ts";

const LOGINS = 200;
/** What one hash takes, and what the allocator may keep of others. */
const HASH_KIB = 2 * 128 * 1_024;
const ADMIN = { username: "admin", password: "password" };

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

Deno.test({
  name: "two hundred logins at once delay no page and take bounded memory",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using system = await TestSystem.start();
    const { origin, ports } = system;
    const pid = await pidOf("backend.ts", String(ports.backend));
    const first = await ask(`${origin}/login`, json(ADMIN));
    assert.equal(first.status, 200);
    await readPages(origin, (count) => count === 20);
    const before = processKib(pid, "VmHWM");
    const { reading, report } = await readInFlood({ origin, logins: LOGINS });
    assert.deepEqual(reading.failures, []);
    const { 303: inside = 0, 503: refused = 0 } = report.statuses;
    assert.equal(inside + refused, LOGINS, JSON.stringify(report.statuses));
    assert.ok(inside > 0, "those who came first get in");
    assert.ok(refused > 0, "and the queue has an end");
    assert.equal(report.toldWhen, refused);
    // A page that waited its turn among the logins would take as long as one.
    assert.ok(reading.ms.length > inside);
    assert.ok(median(reading.ms) < report.quickestMs / 4);
    const grownKib = processKib(pid, "VmHWM") - before;
    const atOnce = hashesAtOnce(navigator.hardwareConcurrency);
    assert.ok(grownKib < atOnce * HASH_KIB, `${grownKib} KiB more`);
    const after = await ask(`${origin}/login`, json(ADMIN));
    assert.equal(after.status, 200);
  },
});
