/**
 * `deno task peer send --file PATH`: sends files, and waits until others have
 * all of their bytes, for nobody can fetch them from a process that has ended.
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Chat } from "../mesh/chat.ts";
import type { FileHash, FileSource } from "../mesh/shared_file.ts";
import type { ChannelName } from "../wire/names.ts";
import { EXIT, PeerFailure } from "./failure.ts";
import { undelivered } from "./send.ts";

export interface SendFilesParts {
  channel: ChannelName;
  paths: readonly string[];
  open(path: string): Promise<FileSource & AsyncDisposable>;
  /** How many of the others must have each. */
  to: number;
  timeoutMs: number;
  clock: Clock;
}

export async function sendFiles(
  chat: Chat,
  { channel, paths, open, to, timeoutMs, clock }: SendFilesParts,
): Promise<number> {
  await using sources = new AsyncDisposableStack();
  // All of them first: a wrong path is told before anything is sent.
  const opened = [];
  for (const path of paths) opened.push(sources.use(await open(path)));
  await chat.start();
  chat.join(channel);
  const hashes: FileHash[] = [];
  for (const source of opened) hashes.push(await sent(chat, channel, source));
  const late = Promise.withResolvers<"late">();
  const cancel = clock.after(timeoutMs, () => late.resolve("late"));
  const outcome = await Promise.race([
    held(chat, { hashes, to }),
    late.promise,
  ]);
  cancel();
  if (outcome !== "late") return EXIT.done;
  const counts = hashes.map((hash) => chat.files.holders(hash));
  const fewest = Math.min(...counts);
  throw undelivered(chat, fewest, to);
}

async function sent(
  chat: Chat,
  channel: ChannelName,
  source: FileSource,
): Promise<FileHash> {
  try {
    const { author, seq } = await chat.files.send(channel, source);
    const message = chat.messages(channel).findLast(({ ref }) =>
      ref.author === author && ref.seq === seq
    );
    return message?.file?.hash ?? "";
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new PeerFailure(cause.message, EXIT.usage, { cause });
  }
}

/** Resolves when so many of the others have each of these files. */
function held(
  chat: Chat,
  { hashes, to }: { hashes: readonly FileHash[]; to: number },
): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (hashes.every((hash) => chat.files.holders(hash) >= to)) resolve();
    };
    chat.listen(look);
    look();
  });
}
