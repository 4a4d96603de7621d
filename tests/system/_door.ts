/**
 * Requests to the front door as a browser without script or a tool sends them,
 * and the operator's invitations.
 * @module
 */
import assert from "node:assert/strict";
import { runUser } from "../operator/_user_process.ts";

export interface Answer {
  status: number;
  text: string;
  headers: Headers;
  /** `name=value` of the cookies that it sets. */
  cookie: string;
  location: string | null;
}

export async function ask(
  url: string,
  init: RequestInit = {},
): Promise<Answer> {
  const response = await fetch(url, { ...init, redirect: "manual" });
  const { status, headers } = response;
  const cookie = headers.getSetCookie()
    .map((set) => set.split(";", 1)[0]).join("; ");
  const location = headers.get("location");
  return { status, headers, cookie, location, text: await response.text() };
}

/** As a form on one of our pages sends it. */
export function form(
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): RequestInit {
  return { method: "POST", headers, body: new URLSearchParams(fields) };
}

export function json(
  fields: unknown,
  headers: Record<string, string> = {},
): RequestInit {
  const type = { "content-type": "application/json" };
  const body = JSON.stringify(fields);
  return { method: "POST", headers: { ...headers, ...type }, body };
}

/** The token of a link that the operator's tool made. */
export async function invite(
  dataDir: string,
  ...flags: string[]
): Promise<string> {
  const words = ["invite", "--data", dataDir, ...flags];
  const { code, out, error } = await runUser(words);
  assert.deepEqual([code, error], [0, ""]);
  const token = /\/join\.html\?invite=([0-9a-f]{32})\n/.exec(out)?.[1];
  assert.ok(token, out);
  return token;
}

/** The audit log's lines. */
export async function auditOf(
  dataDir: string,
): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(`${dataDir}/audit.log`);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}
