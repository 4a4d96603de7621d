/**
 * A strict reader of Prometheus' text format 0.0.4, for what we expose.
 * @module
 */
import assert from "node:assert/strict";

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  type: string;
  samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
const SAMPLE = /^([^{\s]+)(?:\{(.*)\})? (\S+)$/;
const NUMBER = /^-?(\d+(\.\d+)?(e[+-]?\d+)?|Inf)$/i;

/** Every family of the page; fails at whatever the format forbids. */
export function parseExposition(text: string): Map<string, Family> {
  assert.ok(text.endsWith("\n"), "the last line must end");
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let open: { name: string; family: Family } | undefined;
  let helped = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, keyword, name = "", rest = ""] =
      /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === "HELP") {
      assert.match(name, NAME);
      assert.ok(!families.has(name), `${name} comes twice`);
      helped = name;
    } else if (keyword === "TYPE") {
      assert.equal(name, helped, "TYPE stands behind its HELP");
      assert.match(rest, /^(counter|gauge|histogram)$/);
      const family = { type: rest, samples: [] };
      families.set(name, family);
      open = { name, family };
    } else {
      const sample = readSample(line);
      assert.ok(open, line);
      assert.ok(belongs(sample.name, open), `${line} is out of its family`);
      const key = JSON.stringify([sample.name, sample.labels]);
      assert.ok(!seen.has(key), `${key} comes twice`);
      seen.add(key);
      open.family.samples.push(sample);
    }
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function readSample(line: string): Sample {
  const [, name = "", inner, value = ""] = SAMPLE.exec(line) ?? [];
  assert.match(name, NAME, line);
  assert.match(value, NUMBER, line);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (inner !== undefined && LABEL.lastIndex < inner.length) {
    const match = LABEL.exec(inner);
    assert.ok(match, line);
    assert.ok(!(match[1]! in labels), line);
    labels[match[1]!] = match[2]!.replace(
      /\\(.)/g,
      (_, sign) => sign === "n" ? "\n" : sign,
    );
  }
  return { name, labels, value: Number(value) };
}

function belongs(
  name: string,
  open: { name: string; family: Family },
): boolean {
  if (open.family.type !== "histogram") return name === open.name;
  return ["_bucket", "_sum", "_count"].some((end) => name === open.name + end);
}

function checkFamily(name: string, { type, samples }: Family): void {
  assert.ok(samples.length > 0, `${name} is empty`);
  if (type === "counter") assert.match(name, /_total$/);
  if (type !== "histogram") return;
  const groups = Map.groupBy(
    samples,
    ({ labels: { le: _, ...labels } }) => JSON.stringify(labels),
  );
  for (const group of groups.values()) {
    const buckets = group.filter((sample) => sample.name.endsWith("_bucket"));
    const bounds = buckets.map(({ labels }) =>
      labels["le"] === "+Inf" ? Infinity : Number(labels["le"])
    );
    assert.equal(bounds.at(-1), Infinity);
    buckets.forEach(({ value }, at) => {
      assert.ok(at === 0 || bounds[at]! > bounds[at - 1]!, "bounds rise");
      assert.ok(at === 0 || value >= buckets[at - 1]!.value, "counts add up");
    });
    const count = group.find((sample) => sample.name.endsWith("_count"));
    assert.equal(count?.value, buckets.at(-1)?.value);
  }
}

/** The value of the one sample with these labels among others. */
export function valueOf(
  families: Map<string, Family>,
  name: string,
  labels: Record<string, string> = {},
): number {
  const family = name.replace(/_(bucket|sum|count)$/, "");
  const found = (families.get(name) ?? families.get(family))?.samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([key, text]) =>
        sample.labels[key] === text
      ),
  );
  assert.equal(found?.length, 1, `${name} ${JSON.stringify(labels)}`);
  return found![0]!.value;
}
