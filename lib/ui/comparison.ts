/**
 * The dialog in which two people compare their number: as digits to read out,
 * and as a code for a camera. Plain DOM, for it comes without the islands.
 * @module
 */
import { encode } from "uqr";
import type { TrustWords } from "./trust_words.ts";

export interface ComparisonOptions {
  user: string;
  /** The number of both devices, in groups. */
  digits: string[];
  words: TrustWords;
  isCompared: boolean;
}

const SVG = "http://www.w3.org/2000/svg";
/** White around a code, in modules, so that cameras find it. */
const QUIET_ZONE = 4;

/** Resolves, once it is closed, to whether the number counts as compared. */
export function comparisonDialog(
  { user, digits, words, isCompared }: ComparisonOptions,
): Promise<boolean> {
  const closed = Promise.withResolvers<boolean>();
  const dialog = element("dialog", "compare");
  const title = element("h2", "compare-title", words.title(user));
  title.id = "compare-title";
  dialog.setAttribute("aria-labelledby", title.id);
  const number = element("p", "compare-digits");
  for (const group of digits) {
    number.append(element("span", "", group), " ");
  }
  const mark = button(isCompared ? words.takeBack : words.same, () => {
    dialog.close("mark");
  });
  if (!isCompared) mark.classList.add("button-primary");
  const buttons = element("div", "compare-buttons");
  buttons.append(mark, button(words.close, () => dialog.close()));
  dialog.append(
    title,
    element("p", "", words.how(user)),
    number,
    codeOf(digits.join(" "), words.code),
    element("p", "quiet", words.differs),
    buttons,
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    const isMarked = dialog.returnValue === "mark";
    closed.resolve(isMarked ? !isCompared : isCompared);
  });
  document.body.append(dialog);
  dialog.showModal();
  return closed.promise;
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  text = "",
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.textContent = text;
  return made;
}

function button(text: string, run: () => void): HTMLButtonElement {
  const made = element("button", "button", text);
  made.type = "button";
  made.addEventListener("click", run);
  return made;
}

/** Dark on white whatever the page's colours are: cameras want that. */
function codeOf(text: string, label: string): SVGElement {
  const { data, size } = encode(text, { border: QUIET_ZONE });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("class", "compare-code");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const path = document.createElementNS(SVG, "path");
  const modules = data.flatMap((row, y) =>
    row.flatMap((isDark, x) => isDark ? [`M${x} ${y}h1v1h-1z`] : [])
  );
  path.setAttribute("d", modules.join(""));
  svg.append(path);
  return svg;
}
