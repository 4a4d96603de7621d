/**
 * A message's file: its name and size, how far it is here, and what can be done
 * about that; of a picture the picture itself, in a frame that is there from
 * the beginning, so that nothing moves when it comes.
 * @module
 */
import type { Message } from "../mesh/chat.ts";
import { sizeInWords } from "../mesh/file_size.ts";
import type { FileInfo } from "../mesh/shared_file.ts";
import { endingOf } from "./file_words.ts";
import { FileButtons } from "./FileButtons.tsx";
import { FileName } from "./FileName.tsx";
import { LateIcon } from "./LateIcon.tsx";
import { PictureFrame } from "./PictureFrame.tsx";
import { isPicture } from "./pictures.ts";
import type { SharedFiles } from "./shared_files.ts";
import type { PageWords } from "./words_later.ts";

export interface FileCardProps {
  message: Message;
  file: FileInfo;
  files: SharedFiles;
  words: PageWords;
}

export function FileCard(props: FileCardProps) {
  const { message, file, files, words } = props;
  const state = files.stateOf(file.hash);
  const picture = isPicture(file);
  return (
    // Its progress is no news of the log.
    <div
      class={`file${picture ? " file-picture" : ""}`}
      role="group"
      aria-label={words.file(file.name)}
      aria-live="off"
    >
      {picture && (
        <PictureFrame
          message={message}
          file={file}
          isHeld={state.state === "held"}
          files={files}
          words={words}
        />
      )}
      <div class="file-row">
        {!picture && <FileSign name={file.name} />}
        <div class="file-text">
          <FileName name={file.name} />
          <span class={`file-state${isFault(props) ? " field-fault" : ""}`}>
            {stateInWords(props)}
          </span>
        </div>
        <FileButtons
          message={message}
          file={file}
          state={state}
          files={files}
          words={words}
        />
      </div>
      {(state.state === "fetching" || state.state === "waiting") && (
        <progress
          class="file-progress"
          aria-label={words.file(file.name)}
          value={state.bytes}
          max={Math.max(file.size, 1)}
        />
      )}
    </div>
  );
}

function FileSign({ name }: { name: string }) {
  const ending = endingOf(name);
  return (
    <span class="file-sign" aria-hidden="true">
      {ending ?? <LateIcon name="file" />}
    </span>
  );
}

function isFault({ file, files }: FileCardProps): boolean {
  return files.stateOf(file.hash).state === "failed" ||
    files.saveFault.value === file.hash;
}

function stateInWords({ file, files, words }: FileCardProps): string {
  const inWords = (bytes: number) => sizeInWords(bytes, words.locale);
  const state = files.stateOf(file.hash);
  const size = inWords(file.size);
  const and = (...more: string[]) => [size, ...more].join(" · ");
  switch (state.state) {
    case "absent":
      return state.holders > 0 ? and(words.heldBy(state.holders)) : size;
    case "waiting":
      return and(words.fileWaits);
    case "fetching": {
      const done = words.fileComes(inWords(state.bytes), size);
      return state.bytesPerSecond > 0
        ? `${done} · ${words.perSecond(inWords(state.bytesPerSecond))}`
        : done;
    }
    case "failed":
      return words.fileProblem[state.problem];
    case "held": {
      if (files.saveFault.value === file.hash) return words.saveFailed;
      const others = files.holdersOf(file.hash);
      return others > 0 ? and(words.heldBy(others)) : size;
    }
  }
}
