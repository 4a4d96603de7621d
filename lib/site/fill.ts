/**
 * A page with its marks filled in: `{{name}}` by text, `<!--name-->` by markup.
 * In one pass, because what a person typed may look like a mark. Pure.
 * @module
 */

const MARKS = /<!--([a-z-]+)-->|\{\{ ?([a-z]+) ?\}\}/g;

export interface Fill {
  /** Stands where `{{name}}` is, escaped. */
  text: Record<string, string>;
  /** Stands where `<!--name-->` is, as it is. */
  markup: Record<string, string>;
}

/** Marks that `fill` does not know stay. */
export function fillMarks(page: string, { text, markup }: Fill): string {
  return page.replaceAll(MARKS, (mark, ofMarkup = "", ofText = "") => {
    if (Object.hasOwn(markup, ofMarkup)) return markup[ofMarkup] ?? "";
    if (Object.hasOwn(text, ofText)) return escapeHtml(text[ofText] ?? "");
    return mark;
  });
}

/**
 * A sentence about what went wrong, or nothing. The script of the page marks
 * the field with the id `about`; without one, all of them.
 */
export function errorNotice(
  sentence: string | undefined,
  about?: string,
): string {
  if (sentence === undefined) return "";
  const field = about === undefined ? "" : ` data-about="${about}"`;
  return `<p class="notice notice-error" role="alert"${field}>${
    escapeHtml(sentence)
  }</p>`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
