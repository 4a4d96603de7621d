/**
 * The few signs with which the page is drawn, as strokes on a grid of 16; always
 * beside a text, so hidden from screen readers.
 * @module
 */

const PATHS = {
  arrowDown: "M8 3v10M4 9l4 4 4-4",
  attach:
    "M13 7.300L7.700 12.600a3 3 0 0 1-4.300-4.300L8.900 2.800a2 2 0 0 1 2.900 2.900L6.400 11.100a1 1 0 0 1-1.400-1.400L9.900 4.800",
  check: "M3 8.5l3.2 3.2L13 5",
  checks: "M1 8.5l3.2 3.2L10.5 5M7.8 11.2l.5.5L15 5",
  clock: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 5v3.2l2 1.3",
  close: "M4 4l8 8M12 4l-8 8",
  leave: "M7.5 11.5H6L3.5 14v-2.5h-1v-8h11v4M10 9.5l4 4M14 9.5l-4 4",
  lockOpen: "M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 4.8-1",
  logOut: "M6 3H3.5v10H6M10 5l3 3-3 3M13 8H6",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  people:
    "M6 3a2.3 2.3 0 1 1 0 4.600A2.3 2.3 0 0 1 6 3zM1.8 13c0-2.5 1.8-4 4.2-4s4.2 1.5 4.2 4M10.8 3.300a2.2 2.2 0 0 1 0 4M12 9.300c1.5.5 2.3 1.8 2.3 3.7",
  person:
    "M8 2.500a2.700 2.700 0 1 1 0 5.400A2.700 2.700 0 0 1 8 2.500zM3 13.500c0-2.700 2.100-4.300 5-4.300s5 1.600 5 4.300",
  warning: "M8 2.5l6 10.800H2zM8 6.5v3.200M8 11.600v.1",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return <Strokes path={PATHS[name]} />;
}

/** Any sign, given as an SVG path. */
export function Strokes({ path }: { path: string }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
