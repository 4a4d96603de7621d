/**
 * Runs inside of two pages: messages there and back through the chat as people
 * have it, the same number of texts over a bare data channel, and what the
 * steps of a message take by themselves.
 * @module
 */
import { RevocationList } from "../../lib/mesh/revocation_list.ts";
import type { Chat, Message } from "../../lib/mesh/chat.ts";
import type { Signer } from "../../lib/mesh/keys.ts";
import { NativeKeys } from "../../lib/mesh/native_keys.ts";
import { createChat } from "../../lib/ui/create_chat.ts";
import { IdbStore } from "../../lib/ui/idb_store.ts";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import {
  encodeEntry,
  type EntryHead,
  readEntry,
  signingBytes,
} from "../../lib/wire/entry.ts";
import { BareLink } from "./bare_link.ts";

const CHANNEL = "general";
/** As long as a pushed entry is: both carry the same. */
const BARE_CHARS = 600;

/** What the steps of a message take, ms each, one number for each try. */
export interface Steps {
  sign: number[];
  store: number[];
  verify: number[];
}

export interface TripLab {
  /** Starts the chat; resolves once somebody is linked. */
  meet(user: string): Promise<void>;
  /** Answers each `ping` with a message of its own. */
  answer(): void;
  /** From sending a message to reading the answer to it, ms each. */
  chatTrips(count: number): Promise<number[]>;
  offer(): Promise<string>;
  accept(offer: string): Promise<string>;
  connect(answer: string): Promise<void>;
  bareTrips(count: number): Promise<number[]>;
  steps(count: number): Promise<Steps>;
}

let chat: Chat | undefined;
const bare = new BareLink();

function theChat(): Chat {
  if (chat === undefined) throw new Error("Nobody has come to meet anyone");
  return chat;
}

/** Resolves with the first message that `isIt`. */
function message(isIt: (message: Message) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = theChat().listen((change) => {
      if (change.type !== "messages-changed") return;
      if (!change.added.some(isIt)) return;
      stop();
      resolve();
    });
  });
}

async function meet(user: string): Promise<void> {
  const created = await createChat({
    openRevocations: (fetch) => new RevocationList(fetch),
    user,
    scriptKeysUrl: "/static/js/script_keys.js",
    filesUrl: "/static/js/files.js",
  });
  chat = created.chat;
  const met = Promise.withResolvers<void>();
  const stop = chat.listen(() => {
    const people = theChat().people(CHANNEL);
    if (people.some(({ state }) => state === "direct")) met.resolve();
  });
  await chat.start();
  await met.promise;
  stop();
}

function answer(): void {
  theChat().listen((change) => {
    if (change.type !== "messages-changed") return;
    for (const { text } of change.added) {
      if (!text.startsWith("ping ")) continue;
      void theChat().send(CHANNEL, text.replace("ping", "pong"));
    }
  });
}

async function times(
  count: number,
  trip: (number: number) => Promise<unknown>,
): Promise<number[]> {
  const passed: number[] = [];
  for (let number = 0; number < count; number++) {
    const start = performance.now();
    await trip(number);
    passed.push(performance.now() - start);
  }
  return passed;
}

function chatTrips(count: number): Promise<number[]> {
  const round = crypto.randomUUID();
  return times(count, async (number) => {
    const answered = message(({ text }) => text === `pong ${round} ${number}`);
    await theChat().send(CHANNEL, `ping ${round} ${number}`);
    await answered;
  });
}

async function accept(offer: string): Promise<string> {
  const answer = await bare.accept(offer);
  const { channel } = bare;
  channel.addEventListener("message", ({ data }) => channel.send(data));
  return answer;
}

function bareTrips(count: number): Promise<number[]> {
  const text = "x".repeat(BARE_CHARS);
  return times(count, () =>
    new Promise((resolve) => {
      bare.channel.addEventListener("message", resolve, { once: true });
      bare.channel.send(text);
    }));
}

async function steps(count: number): Promise<Steps> {
  const keys = new NativeKeys(crypto.subtle);
  const signer = keys.signer(await keys.makeKey());
  if (signer === undefined) throw new Error("A key of another kind");
  const store = new IdbStore(crypto.randomUUID());
  const passed: Steps = { sign: [], store: [], verify: [] };
  let prev: string | null = null;
  for (let seq = 1; seq <= count; seq++) {
    const head = { channel: CHANNEL, author: signer.key, seq, prev, time: seq };
    const timed = await step({ keys, signer, store }, head);
    prev = timed.hash;
    // The first one opens what the others find open.
    if (seq === 1) continue;
    for (const name of ["sign", "store", "verify"] as const) {
      passed[name].push(timed[name]);
    }
  }
  store.close();
  return passed;
}

async function step(
  { keys, signer, store }: {
    keys: NativeKeys;
    signer: Signer;
    store: IdbStore;
  },
  head: EntryHead,
) {
  const start = performance.now();
  const signed = encodeEntry(head, { kind: "text", text: "ping" });
  const bytes = signingBytes(signed);
  const [signature, raw] = await Promise.all([
    signer.sign(bytes),
    keys.sha256(bytes),
  ]);
  const hash = encodeBase64Url(raw);
  const signedAt = performance.now();
  await store.append({
    entry: readEntry(signed),
    ...{ signed, signature: encodeBase64Url(signature), hash, user: "me" },
    at: head.time,
  });
  const storedAt = performance.now();
  await Promise.all([
    keys.verify(signer.key, bytes, signature),
    keys.sha256(bytes),
  ]);
  const verifiedAt = performance.now();
  return {
    hash,
    sign: signedAt - start,
    store: storedAt - signedAt,
    verify: verifiedAt - storedAt,
  };
}

const tripLab: TripLab = {
  ...{ meet, answer, chatTrips },
  offer: () => bare.offer(),
  connect: (answer) => bare.connect(answer),
  ...{ accept, bareTrips, steps },
};
Object.assign(globalThis, { tripLab });
