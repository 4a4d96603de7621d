/**
 * A file's name in one line: what does not fit goes from its middle, so that
 * the ending is always seen.
 * @module
 */
import { nameParts } from "./file_words.ts";

export function FileName({ name }: { name: string }) {
  const [start, end] = nameParts(name);
  return (
    <span class="file-name" dir="auto" title={name}>
      {start !== "" && <span class="file-name-start">{start}</span>}
      <span class="file-name-end">{end}</span>
    </span>
  );
}
