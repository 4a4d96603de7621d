/**
 * Opens the server's key in each folder that it reads from stdin, a line each,
 * and answers with the key.
 * @module
 */
import { createInterface } from "node:readline";
import process from "node:process";
import { openDatabase } from "../../lib/auth/database.ts";
import { openServerKey } from "../../lib/auth/server_key.ts";

const encoder = new TextEncoder();

function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
}

function openIn(dir: string): string {
  const database = openDatabase(dir);
  try {
    return openServerKey(dir, database).key;
  } finally {
    database.close();
  }
}

if (import.meta.main) {
  say("ready");
  for await (const dir of createInterface({ input: process.stdin })) {
    try {
      say(openIn(dir));
    } catch (error) {
      say(String(error));
    }
  }
}
