/**
 * Opens the database of each folder that it reads from stdin, a line each, and
 * answers with a line on how that went.
 * @module
 */
import { createInterface } from "node:readline";
import process from "node:process";
import { openDatabase } from "../../lib/auth/database.ts";

const encoder = new TextEncoder();

function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
}

if (import.meta.main) {
  say("ready");
  for await (const dir of createInterface({ input: process.stdin })) {
    try {
      openDatabase(dir).close();
      say("opened");
    } catch (error) {
      say(String(error));
    }
  }
}
