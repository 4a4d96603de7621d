/**
 * Runs inside of two pages: a file from one to the other through the chat as
 * people have it, as many bytes over a bare data channel, and messages there and
 * back meanwhile.
 * @module
 */
import { RevocationList } from "../../lib/mesh/revocation_list.ts";
import type { Chat, Message } from "../../lib/mesh/chat.ts";
import { createChat } from "../../lib/ui/create_chat.ts";
import { encodeBase64Url } from "../../lib/wire/base64url.ts";
import { BareLink } from "./bare_link.ts";

const CHANNEL = "general";
/** What works between all browsers. */
const BARE_FRAME_BYTES = 16 * 1024;
const BARE_BUFFERED_MAX = 1024 * 1024;
const BARE_BUFFERED_LOW = 256 * 1024;
const RANDOM_BYTES_MAX = 65_536;

export interface FilesLab {
  /** Starts the chat; resolves once somebody is linked. */
  meet(user: string): Promise<void>;
  /** Answers each `ping` with a message of its own. */
  answer(): void;
  /** Shares a new file of that size; ms until that is said. */
  share(bytes: number): Promise<number>;
  /** Resolves once so many files are shared. */
  knows(count: number): Promise<void>;
  /** Takes the file that was shared last back, so that it is kept no longer. */
  takeBack(): Promise<void>;
  /** Fetches the file that was shared last; ms until it is held. */
  fetch(): Promise<number>;
  /** The same, and lets it go again. */
  fetchAndDiscard(): Promise<number>;
  /** Name and SHA-256 of the file that was shared last, and is held. */
  digest(): Promise<string>;
  /** From sending a message to reading the answer, ms each, until `fetched`. */
  tripsWhileFetching(): Promise<number[]>;
  trips(count: number): Promise<number[]>;
  offer(): Promise<string>;
  accept(offer: string): Promise<string>;
  connect(answer: string): Promise<void>;
  sendBare(bytes: number): Promise<void>;
  /** ms until so many have come, from now on: they are sent at once. */
  receiveBare(bytes: number): Promise<number>;
}

let chat: Chat | undefined;
const bare = new BareLink();

function theChat(): Chat {
  if (chat === undefined) throw new Error("Nobody has come to meet anyone");
  return chat;
}

async function meet(user: string): Promise<void> {
  ({ chat } = await createChat({
    openRevocations: (fetch) => new RevocationList(fetch),
    user,
    scriptKeysUrl: "/static/js/script_keys.js",
    filesUrl: "/static/js/files.js",
  }));
  const met = Promise.withResolvers<void>();
  const stop = theChat().listen(() => {
    const people = theChat().people(CHANNEL);
    if (people.some(({ state }) => state === "direct")) met.resolve();
  });
  await theChat().start();
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

/** Bytes that nothing on the way can make fewer. */
function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += RANDOM_BYTES_MAX) {
    crypto.getRandomValues(bytes.subarray(at, at + RANDOM_BYTES_MAX));
  }
  return bytes;
}

async function share(size: number): Promise<number> {
  const blob = new Blob([randomBytes(size)]);
  const start = performance.now();
  await theChat().files.send(CHANNEL, {
    ...{ name: "bench.bin", type: "", size },
    read: async (from, to) =>
      new Uint8Array(await blob.slice(from, to).arrayBuffer()),
  });
  return performance.now() - start;
}

/** Resolves once so many files are shared. */
async function knows(count: number): Promise<void> {
  const isSo = () =>
    theChat().messages(CHANNEL).filter(({ file }) => file).length >= count;
  if (isSo()) return;
  await new Promise<void>((resolve) => {
    const stop = theChat().listen(() => {
      if (!isSo()) return;
      stop();
      resolve();
    });
  });
}

function shared(): Message & { file: NonNullable<Message["file"]> } {
  const message = theChat().messages(CHANNEL).findLast(({ file }) => file);
  if (message?.file === undefined) throw new Error("Nobody shares a file");
  return { ...message, file: message.file };
}

async function takeBack(): Promise<void> {
  await theChat().remove(CHANNEL, shared().ref);
}

let fetching: Promise<void> | undefined;

async function fetch(): Promise<number> {
  const { files } = theChat();
  const { ref, file: { hash } } = shared();
  const held = Promise.withResolvers<void>();
  const stop = theChat().listen((change) => {
    if (change.type !== "file-changed" || change.hash !== hash) return;
    if (files.state(hash).state === "held") held.resolve();
  });
  const start = performance.now();
  files.fetch(CHANNEL, ref);
  fetching = held.promise;
  await held.promise;
  const ms = performance.now() - start;
  stop();
  fetching = undefined;
  return ms;
}

async function fetchAndDiscard(): Promise<number> {
  const ms = await fetch();
  await theChat().files.discard(shared().file.hash);
  return ms;
}

async function digest(): Promise<string> {
  const { name, size, hash } = shared().file;
  const bytes = await theChat().files.read(hash, 0, size);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `${name} ${encodeBase64Url(digest)}`;
}

async function trip(): Promise<number> {
  const id = crypto.randomUUID();
  const answered = Promise.withResolvers<void>();
  const stop = theChat().listen((change) => {
    if (change.type !== "messages-changed") return;
    if (change.added.some(({ text }) => text === `pong ${id}`)) {
      answered.resolve();
    }
  });
  const start = performance.now();
  await theChat().send(CHANNEL, `ping ${id}`);
  await answered.promise;
  stop();
  return performance.now() - start;
}

async function trips(count: number): Promise<number[]> {
  const passed: number[] = [];
  while (passed.length < count) passed.push(await trip());
  return passed;
}

async function tripsWhileFetching(): Promise<number[]> {
  const passed: number[] = [];
  const fetched = fetchAndDiscard();
  while (fetching !== undefined) passed.push(await trip());
  await fetched;
  return passed;
}

async function sendBare(bytes: number): Promise<void> {
  const { channel } = bare;
  channel.bufferedAmountLowThreshold = BARE_BUFFERED_LOW;
  const frame = randomBytes(BARE_FRAME_BYTES);
  for (let sent = 0; sent < bytes; sent += BARE_FRAME_BYTES) {
    if (channel.bufferedAmount >= BARE_BUFFERED_MAX) {
      await new Promise((resolve) => {
        channel.addEventListener("bufferedamountlow", resolve, { once: true });
      });
    }
    channel.send(frame);
  }
}

let bareBytes = 0;
let bareCame = () => {};

/** From the first on: what comes while nobody asks for it is not lost. */
function countBare(): void {
  const { channel } = bare;
  channel.binaryType = "arraybuffer";
  channel.addEventListener("message", ({ data }: MessageEvent<ArrayBuffer>) => {
    bareBytes += data.byteLength;
    bareCame();
  });
}

async function receiveBare(bytes: number): Promise<number> {
  const start = performance.now();
  while (bareBytes < bytes) {
    await new Promise<void>((resolve) => bareCame = resolve);
  }
  bareBytes -= bytes;
  return performance.now() - start;
}

async function acceptBare(offer: string): Promise<string> {
  const answer = bare.accept(offer);
  countBare();
  return await answer;
}

const filesLab: FilesLab = {
  ...{ meet, answer, share, knows, takeBack, fetch, fetchAndDiscard, digest },
  ...{ trips, tripsWhileFetching },
  offer: () => bare.offer(),
  accept: acceptBare,
  connect: (answer) => bare.connect(answer),
  ...{ sendBare, receiveBare },
};
Object.assign(globalThis, { filesLab });
