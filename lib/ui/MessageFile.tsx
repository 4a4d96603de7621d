/**
 * The place of a message's file in the log, as high before what draws it is
 * loaded as after.
 * @module
 */
import type { Message } from "../mesh/chat.ts";
import type { FileInfo } from "../mesh/shared_file.ts";
import { isPicture } from "./pictures.ts";
import type { ChatState } from "./state.ts";

export interface MessageFileProps {
  message: Message;
  file: FileInfo;
  state: ChatState;
}

export function MessageFile({ message, file, state }: MessageFileProps) {
  const part = state.parts.part.value;
  if (part !== undefined) {
    const { FileCard, files, words } = part;
    return (
      <FileCard message={message} file={file} files={files} words={words} />
    );
  }
  return (
    <div class={`file${isPicture(file) ? " file-picture" : ""}`}>
      {isPicture(file) && <div class="file-frame" />}
      <div class="file-row">{file.name}</div>
    </div>
  );
}
