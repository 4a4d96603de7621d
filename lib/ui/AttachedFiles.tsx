/**
 * Above the field: the files that are being read and have no message yet, and
 * those that could not be sent, with the reason.
 * @module
 */
import { sizeInWords } from "../mesh/file_size.ts";
import { FILE_BYTES_MAX } from "../wire/file.ts";
import { FileName } from "./FileName.tsx";
import { Icon } from "./Icon.tsx";
import { type SharedFiles, type Upload, UPLOADS_MAX } from "./shared_files.ts";
import type { PageWords } from "./words_later.ts";

export interface AttachedFilesProps {
  files: SharedFiles;
  words: PageWords;
}

export function AttachedFiles({ files, words }: AttachedFilesProps) {
  const uploads = files.uploads.value;
  if (uploads.length === 0) return null;
  return (
    <ul class="attached" role="list" aria-label={words.attached}>
      {uploads.map((upload) => (
        <AttachedFile
          key={upload.key}
          upload={upload}
          files={files}
          words={words}
        />
      ))}
    </ul>
  );
}

interface AttachedFileProps extends AttachedFilesProps {
  upload: Upload;
}

function AttachedFile({ upload, files, words }: AttachedFileProps) {
  const { name, fault, bytes, size } = upload;
  const label = fault === undefined ? words.cancelFile(name) : words.dismiss;
  return (
    <li class="attached-file">
      <div class="file-text">
        <FileName name={name} />
        {fault === undefined
          ? (
            <span class="file-state">
              {bytes === 0 ? words.uploadWaits : words.fileComes(
                sizeInWords(bytes, words.locale),
                sizeInWords(size, words.locale),
              )}
            </span>
          )
          : (
            <span class="file-state field-fault" role="alert">
              {words.uploadFault[fault](limitOf(upload, words))}
            </span>
          )}
      </div>
      <button
        type="button"
        class="action"
        aria-label={label}
        title={label}
        onClick={() => files.dismiss(upload)}
      >
        <Icon name="close" />
      </button>
      {fault === undefined && (
        <progress class="file-progress" value={bytes} max={Math.max(size, 1)} />
      )}
    </li>
  );
}

function limitOf({ fault }: Upload, { locale }: PageWords): string {
  return fault === "too-many"
    ? String(UPLOADS_MAX)
    : sizeInWords(FILE_BYTES_MAX, locale);
}
