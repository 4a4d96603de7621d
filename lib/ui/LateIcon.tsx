/**
 * The signs of what is loaded later, as those in Icon.tsx.
 * @module
 */
import { Strokes } from "./Icon.tsx";

const PATHS = {
  again: "M13 8a5 5 0 1 1-1.500-3.500M13 2v3h-3",
  save: "M3 3h8l2 2v8H3zM5.500 3v3h4.500V3M5.500 13V9.500h5V13",
  picture:
    "M2.500 3h11v10h-11zM2.500 11l3.500-3.500L9 10.500l2-2l2.500 2.500M10.200 5.800v.1",
  download: "M8 2.500v7.500M4.500 7L8 10.500L11.500 7M3 13.500h10",
  file: "M4 2h5l3 3v9H4zM9 2v3h3",
  edit: "M3 13l.8-3L10.500 3.300l2.200 2.200L6 12.200zM9 4.800L11.200 7",
  remove:
    "M3 4.500h10M6.500 4.500V3h3v1.500M4.300 4.500l.6 8.500h6.200l.6-8.500M6.800 7v3.500M9.200 7v3.500",
  reply: "M7 4L3 8l4 4M3 8h6.500a3.500 3.500 0 0 1 3.500 3.500V12",
  smile:
    "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.500 9.500c1.300 1.700 3.700 1.700 5 0M6 6.200v.6M10 6.200v.6",
} as const;

export type LateIconName = keyof typeof PATHS;

export function LateIcon({ name }: { name: LateIconName }) {
  return <Strokes path={PATHS[name]} />;
}
