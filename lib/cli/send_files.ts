/**
 * `deno task peer send --file PATH`: sends files, and waits until others have
 * all of their bytes, for nobody can fetch them from a process that has ended.
 * @module
 */
import type { Chat } from "../mesh/chat.ts";
import type { FileHash, FileSource } from "../mesh/shared_file.ts";
import { isSameRef } from "../wire/entry.ts";
import type { ChannelName } from "../wire/names.ts";
import { EXIT, PeerFailure } from "./failure.ts";
import { delivered, type Waiting } from "./send.ts";

export interface SendFilesParts extends Waiting {
  channel: ChannelName;
  paths: readonly string[];
  open(path: string): Promise<FileSource & AsyncDisposable>;
}

export async function sendFiles(
  chat: Chat,
  { channel, paths, open, ...waiting }: SendFilesParts,
): Promise<number> {
  await using sources = new AsyncDisposableStack();
  const opened: FileSource[] = [];
  // All of them first: a wrong path is told before anything is sent.
  for (const path of paths) opened.push(sources.use(await open(path)));
  await chat.start();
  chat.join(channel);
  return await delivered(chat, waiting, {
    sent: allSent(chat, channel, opened),
    holders: (hashes) =>
      Math.min(...hashes.map((hash) => chat.files.holders(hash))),
  });
}

/** They can be fetched from now on. */
async function allSent(
  chat: Chat,
  channel: ChannelName,
  sources: readonly FileSource[],
): Promise<FileHash[]> {
  const hashes: FileHash[] = [];
  for (const source of sources) {
    hashes.push(await sent(chat, channel, source));
  }
  return hashes;
}

async function sent(
  chat: Chat,
  channel: ChannelName,
  source: FileSource,
): Promise<FileHash> {
  try {
    const sent = await chat.files.send(channel, source);
    const message = chat.messages(channel)
      .findLast(({ ref }) => isSameRef(ref, sent));
    return message?.file?.hash ?? "";
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new PeerFailure(cause.message, EXIT.usage, { cause });
  }
}
