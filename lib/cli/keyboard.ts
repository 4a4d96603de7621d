/**
 * The terminal of this process: raw while a person talks, and as it was again
 * afterwards, however that ends.
 * @module
 */
import { type Key, TerminalKeys } from "./terminal_keys.ts";

const CHUNK_BYTES = 4_096;
const COLUMNS_UNKNOWN = 80;

export function columns(): number {
  try {
    return Deno.consoleSize().columns || COLUMNS_UNKNOWN;
  } catch {
    // No terminal to ask, or one that does not say.
    return COLUMNS_UNKNOWN;
  }
}

export interface KeyboardEvents {
  key(key: Key): void;
  /** The terminal has another size. */
  resized(): void;
  /** There is nobody any more who could type. */
  ended(): void;
}

/** Reads keys until the returned function is called. */
export function readKeys(events: KeyboardEvents): () => void {
  Deno.stdin.setRaw(true);
  const resized = () => events.resized();
  const watches = Deno.build.os !== "windows";
  if (watches) Deno.addSignalListener("SIGWINCH", resized);
  let stopped = false;
  void pump(events, () => stopped);
  return () => {
    if (stopped) return;
    stopped = true;
    if (watches) Deno.removeSignalListener("SIGWINCH", resized);
    if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(false);
  };
}

async function pump(
  events: KeyboardEvents,
  stopped: () => boolean,
): Promise<void> {
  const keys = new TerminalKeys();
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const length = await Deno.stdin.read(chunk).catch(() => null);
    if (stopped()) return;
    if (length === null) return events.ended();
    const text = decoder.decode(chunk.subarray(0, length), { stream: true });
    for (const key of keys.read(text)) {
      if (!stopped()) events.key(key);
    }
  }
}
