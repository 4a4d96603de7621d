/**
 * Which files are shown as pictures. Never SVG: it is a document that may run
 * scripts, and is for saving only.
 * @module
 */
import type { FileInfo } from "../mesh/shared_file.ts";

/** Larger ones are files like any other. */
export const PICTURE_BYTES_MAX = 32 * 1024 * 1024;
/** Larger ones are fetched when somebody asks for them. */
export const PICTURE_FETCHED_BYTES_MAX = 4 * 1024 * 1024;

const PICTURE_TYPE = /^image\/(png|jpeg|gif|webp|avif)$/;

export function isPicture({ type, size }: FileInfo): boolean {
  return PICTURE_TYPE.test(type) && size <= PICTURE_BYTES_MAX;
}
