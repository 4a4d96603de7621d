/**
 * A picture as large as the window lets it be. Escape, the cross and a click
 * beside it close it; the browser gives the focus back.
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import type { FileInfo } from "../mesh/shared_file.ts";
import { FileName } from "./FileName.tsx";
import { Icon } from "./Icon.tsx";
import { usePicture } from "./picture_address.ts";
import type { SharedFiles } from "./shared_files.ts";
import type { PageWords } from "./words_later.ts";

export interface FileViewerProps {
  files: SharedFiles;
  words: PageWords;
}

export function FileViewer({ files, words }: FileViewerProps) {
  const file = files.viewed.value;
  return file === undefined
    ? null
    : <Viewer key={file.hash} file={file} files={files} words={words} />;
}

function Viewer({ file, files, words }: FileViewerProps & { file: FileInfo }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { address } = usePicture(files, file, true);
  const close = () => dialog.current?.close();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      class="viewer"
      ref={dialog}
      aria-label={file.name}
      onClose={() => files.viewed.value = undefined}
      onClick={({ target }) => {
        if ((target as Element).closest("img, header") === null) close();
      }}
    >
      <header class="viewer-head">
        <FileName name={file.name} />
        <button
          type="button"
          class="button"
          aria-label={words.saveFileAs(file.name)}
          onClick={() => void files.save(file)}
        >
          {words.saveFile}
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={words.close}
          title={words.close}
          onClick={close}
        >
          <Icon name="close" />
        </button>
      </header>
      <div class="viewer-body">
        {address.value !== undefined && (
          <img class="viewer-picture" src={address.value} alt={file.name} />
        )}
      </div>
    </dialog>
  );
}
