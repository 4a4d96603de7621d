/**
 * Finds the elements of a page by role and name. Chromium is asked for its
 * accessibility tree. Firefox takes more than a second for the same answer, so
 * there the markup is read: what gives an element its name on our pages.
 * @module
 */
import type { ElementHandle, Page } from "puppeteer-core";

export type Role =
  | "alertdialog"
  | "article"
  | "button"
  | "checkbox"
  | "link"
  | "list"
  | "log"
  | "navigation"
  | "textbox"
  | "toolbar";

export type Finder = (
  page: Page,
  role: Role,
  name: string,
) => Promise<ElementHandle<Element> | null>;

/** Where the markup has elements of a role. */
const MARKUP: Record<Role, string> = {
  alertdialog: "[role=alertdialog]",
  article: "[role=article]",
  button: "button, [role=button]",
  checkbox: "input[type=checkbox]",
  link: "a[href]",
  list: "ul, ol, [role=list]",
  log: "[role=log]",
  navigation: "nav",
  textbox: "input, textarea",
  toolbar: "[role=toolbar]",
};

/** Waits for the element in the browser's accessibility tree. */
export const findInTree: Finder = (page, role, name) => {
  // A password field is a text field by its looks only: it has no role.
  const selector = role === "textbox"
    ? `:is(input, textarea)::-p-aria([name="${name}"])`
    : `::-p-aria([name="${name}"][role="${role}"])`;
  return page.waitForSelector(selector);
};

/** Waits for the element in the markup. */
export const findInMarkup: Finder = async (page, role, name) => {
  const found = await page.waitForFunction(
    (selector, wanted) => {
      const textOf = (element: Element | null | undefined) =>
        element?.textContent?.replaceAll(/\s+/g, " ").trim();
      const nameOf = (element: Element) => {
        const label = element.getAttribute("aria-labelledby");
        return element.getAttribute("aria-label") ??
          textOf(label === null ? undefined : document.getElementById(label)) ??
          textOf((element as HTMLInputElement).labels?.[0]) ??
          textOf(element);
      };
      return [...document.querySelectorAll(selector)].find((element) =>
        element.checkVisibility() && nameOf(element) === wanted
      );
    },
    { polling: 20 },
    MARKUP[role],
    name,
  );
  return found.asElement() as ElementHandle<Element> | null;
};
