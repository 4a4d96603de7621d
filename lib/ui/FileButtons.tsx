/**
 * What can be done about a message's file now: fetch it, stop that, try again,
 * or save it on the disk.
 * @module
 */
import type { Message } from "../mesh/chat.ts";
import { sizeInWords } from "../mesh/file_size.ts";
import type { FileInfo, FileState } from "../mesh/shared_file.ts";
import { Icon } from "./Icon.tsx";
import { LateIcon, type LateIconName } from "./LateIcon.tsx";
import type { SharedFiles } from "./shared_files.ts";
import type { PageWords } from "./words_later.ts";

export interface FileButtonsProps {
  message: Message;
  file: FileInfo;
  state: FileState;
  files: SharedFiles;
  words: PageWords;
}

export function FileButtons(props: FileButtonsProps) {
  const { message, file, state, files, words } = props;
  switch (state.state) {
    case "absent": {
      const size = sizeInWords(file.size, words.locale);
      return (
        <FileButton
          icon="download"
          text={words.download}
          label={words.downloadFile(file.name, size)}
          onClick={() => files.fetch(message)}
        />
      );
    }
    case "failed":
      return (
        <FileButton
          icon="again"
          text={words.tryAgain}
          label={words.tryAgain}
          onClick={() => files.fetch(message)}
        />
      );
    case "waiting":
    case "fetching":
      return (
        <button
          type="button"
          class="action"
          aria-label={words.cancelFile(file.name)}
          title={words.cancelFile(file.name)}
          onClick={() => files.cancel(file)}
        >
          <Icon name="close" />
        </button>
      );
    case "held":
      return (
        <FileButton
          icon="save"
          text={words.saveFile}
          label={words.saveFileAs(file.name)}
          onClick={() => void files.save(file)}
        />
      );
  }
}

interface FileButtonProps {
  icon: LateIconName;
  /** Seen where there is room for it. */
  text: string;
  label: string;
  onClick: () => void;
}

function FileButton({ icon, text, label, onClick }: FileButtonProps) {
  return (
    <button
      type="button"
      class="button file-button"
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      <LateIcon name={icon} />
      <span class="file-button-text">{text}</span>
    </button>
  );
}
