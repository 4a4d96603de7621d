/**
 * Puts a file on the person's disk, by the browser's own download. It is always
 * of a type that browsers save and never open: a page or a drawing that came
 * from somebody must not run as a part of this site.
 * @module
 */
import type { Clock } from "../clock.ts";
import { UNKNOWN_MEDIA_TYPE } from "../wire/file.ts";

/** The browser has begun to read by then; the address ends. */
const ADDRESS_MS = 60_000;
/** From here on a browser that can is asked to write it where it is to be. */
const WRITTEN_FROM_BYTES = 256 * 1024 * 1024;

type Picker = (
  options: { suggestedName: string },
) => Promise<{ createWritable(): Promise<WritableStream<Uint8Array>> }>;

export interface SaveOptions {
  name: string;
  clock: Clock;
}

export async function saveBlob(
  blob: Blob,
  { name, clock }: SaveOptions,
): Promise<void> {
  const picker: Picker | undefined = Reflect.get(
    globalThis,
    "showSaveFilePicker",
  );
  if (picker !== undefined && blob.size >= WRITTEN_FROM_BYTES) {
    return await write(blob, () => picker({ suggestedName: name }));
  }
  const plain = blob.slice(0, blob.size, UNKNOWN_MEDIA_TYPE);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(plain);
  link.download = name;
  link.click();
  clock.after(ADDRESS_MS, () => URL.revokeObjectURL(link.href));
}

/** Without a copy in between. */
async function write(
  blob: Blob,
  pick: () => ReturnType<Picker>,
): Promise<void> {
  try {
    const file = await pick();
    await blob.stream().pipeTo(await file.createWritable());
  } catch (error) {
    // The person changed their mind.
    if ((error as Error).name !== "AbortError") throw error;
  }
}
