/**
 * `deno task bench log`: how fast entries are verified and stored in Chromium
 * and Firefox, and how long a newcomer takes to have a channel of 10,000.
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import { History } from "../../lib/mesh/history.ts";
import { NativeKeys } from "../../lib/mesh/native_keys.ts";
import { MemoryStore } from "../../lib/mesh/store.ts";
import {
  decodeLinkMessage,
  encodeLinkMessage,
  type LinkMessage,
} from "../../lib/wire/link.ts";
import type { BrowserName } from "../tools/browser_paths.ts";
import { launchBrowser } from "../tools/browsers.ts";
import { certificateOf } from "../tools/cheap_keys.ts";
import { peerId } from "../tools/ids.ts";
import type { LogLab } from "../tools/log_lab.ts";
import { TestSystem } from "../tools/services.ts";

const COUNT = { native: 10_000, script: 500 } as const;
const NEWCOMER_ENTRIES = 10_000;
const LINK_MS = 50;

export async function benchLog(): Promise<void> {
  for (const browser of ["chromium", "firefox"] as const) {
    for (const kind of ["native", "script"] as const) {
      const rate = await inBrowser(browser, kind);
      print(`${browser}, ${kind}: ${Math.round(rate)} verified and stored/s`);
    }
  }
  const { passedMs, firstMs } = await newcomer();
  print(
    `${NEWCOMER_ENTRIES} entries to a newcomer over ${LINK_MS} ms: ` +
      `the newest after ${Math.round(firstMs)} ms, all after ${
        Math.round(passedMs)
      } ms`,
  );
}

async function bundle(): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--platform=browser", "--format=iife"],
      "tests/tools/log_lab.ts",
    ],
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function inBrowser(
  name: BrowserName,
  kind: keyof typeof COUNT,
): Promise<number> {
  await using system = await TestSystem.start();
  await using browser = await launchBrowser(name);
  const window = await browser.newWindow();
  await window.open(`${system.origin}/index.html`);
  await window.page.evaluate(await bundle());
  return await window.page.evaluate(
    (kind, count) => {
      const { logLab } = globalThis as unknown as { logLab: LogLab };
      return logLab.verifyAndStore(kind, count);
    },
    kind,
    COUNT[kind],
  );
}

class Member {
  readonly history: History;
  readonly #keys = new NativeKeys(crypto.subtle);
  readonly #user: string;
  other: Member | undefined;

  constructor(user: string) {
    this.#user = user;
    this.history = new History({
      user,
      keys: this.#keys,
      store: new MemoryStore(),
      clock: systemClock,
      isAlone: () => true,
      isGenuine: () => Promise.resolve(true),
      events: {
        send: (_to, message) => this.#send(message),
        strike: (_peer, reason) => {
          throw new Error(reason);
        },
        messagesChanged: () => {},
        entriesKept: () => {},
        entriesDropped: () => {},
        deliveryChanged: () => {},
        storageFailed: () => {},
        forkFound: () => {},
      },
    });
  }

  async start(): Promise<void> {
    await this.history.start();
    await this.history.join("general");
    const signer = this.#keys.signer(await this.#keys.makeKey());
    if (signer === undefined) throw new Error("A key of another kind");
    const certificate = certificateOf(this.#user, signer.key);
    await this.history.identified({ certificate, signer });
  }

  link(other: Member): void {
    this.other = other;
    const info = { peer: peerId(other.#user), user: other.#user };
    this.history.linkUp(info, ["general"]);
  }

  get count(): number {
    return this.history.messages("general").length;
  }

  #send(message: LinkMessage): void {
    const text = encodeLinkMessage(message);
    const from = peerId(this.#user);
    systemClock.after(
      LINK_MS,
      () => this.other?.history.receive(from, decodeLinkMessage(text)),
    );
  }
}

async function newcomer(): Promise<{ passedMs: number; firstMs: number }> {
  const [old, fresh] = [new Member("old"), new Member("fresh")];
  await Promise.all([old.start(), fresh.start()]);
  for (let count = 1; count <= NEWCOMER_ENTRIES; count++) {
    await old.history.say("general", `Message ${count}, as long as most are.`);
  }
  const start = performance.now();
  let firstMs = 0;
  old.link(fresh);
  fresh.link(old);
  while (fresh.count < NEWCOMER_ENTRIES) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (fresh.count > 0) firstMs ||= performance.now() - start;
  }
  const passedMs = performance.now() - start;
  for (const { history } of [old, fresh]) history.stop();
  return { passedMs, firstMs };
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
