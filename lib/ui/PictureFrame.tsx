/**
 * The place of a picture, of one size whatever comes. A picture that is small
 * enough is fetched once the frame is in sight; one that is here is shown, and
 * opened large by a click.
 * @module
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Message } from "../mesh/chat.ts";
import type { FileInfo } from "../mesh/shared_file.ts";
import { LateIcon } from "./LateIcon.tsx";
import { usePicture } from "./picture_address.ts";
import type { SharedFiles } from "./shared_files.ts";
import type { PageWords } from "./words_later.ts";

export interface PictureFrameProps {
  message: Message;
  file: FileInfo;
  isHeld: boolean;
  files: SharedFiles;
  words: PageWords;
}

/** So far outside of what is seen it is already fetched. */
const AROUND = "300px";

export function PictureFrame(props: PictureFrameProps) {
  const { message, file, isHeld, files, words } = props;
  const frame = useRef<HTMLDivElement>(null);
  const near = useSignal(false);
  const { address, failed } = usePicture(files, file, isHeld && near.value);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      near.value = entries.some((entry) => entry.isIntersecting);
    }, { rootMargin: AROUND });
    if (frame.current !== null) observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (near.value && !isHeld) files.show(message);
  }, [near.value, isHeld]);
  return (
    <div class="file-frame" ref={frame}>
      {failed.value
        ? <p class="file-state">{words.pictureFailed}</p>
        : address.value === undefined
        ? <LateIcon name="picture" />
        : (
          <button
            type="button"
            class="picture-button"
            aria-label={words.openLarge(file.name)}
            onClick={() => files.viewed.value = file}
          >
            <img
              class="picture"
              src={address.value}
              alt=""
              decoding="async"
              onError={() => failed.value = true}
            />
          </button>
        )}
    </div>
  );
}
