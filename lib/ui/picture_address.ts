/**
 * An address by which the page shows a picture that is held, for as long as
 * whoever asked for it is drawn.
 * @module
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { FileInfo } from "../mesh/shared_file.ts";
import type { SharedFiles } from "./shared_files.ts";

export function usePicture(
  files: SharedFiles,
  file: FileInfo,
  wanted: boolean,
) {
  const address = useSignal<string | undefined>(undefined);
  const failed = useSignal(false);
  useEffect(() => {
    if (!wanted) return;
    let ended = false;
    files.read(file).then((blob) => {
      if (ended) return;
      // Under a picture's type: as that, and nothing else, it may be opened.
      const picture = blob.slice(0, blob.size, file.type);
      address.value = URL.createObjectURL(picture);
    }, () => failed.value = true);
    return () => {
      ended = true;
      if (address.peek() !== undefined) {
        URL.revokeObjectURL(address.peek() ?? "");
      }
      address.value = undefined;
    };
  }, [file.hash, wanted]);
  return { address, failed };
}
