/**
 * Makes a form with a password, which works without script, kinder: one submit
 * at a time, hidden passwords again before they are sent, the error tied to its
 * fields, and the keyboard where one goes on.
 * @module
 */

export interface PasswordFormParts {
  form: HTMLFormElement;
  /** What is typed in it, in the order of the page. */
  fields: HTMLInputElement[];
  button: HTMLButtonElement;
  /** Shown on the button while the server answers. */
  busyText: string;
}

export function enhancePasswordForm(parts: PasswordFormParts): void {
  const { form, fields, button, busyText } = parts;
  const passwords = fields.filter(({ type }) => type === "password");
  const restingText = button.textContent;

  function setBusy(busy: boolean) {
    button.disabled = busy;
    button.textContent = busy ? busyText : restingText;
  }

  form.addEventListener("submit", () => {
    // Browsers offer to keep a password only from a password field.
    for (const password of passwords) password.type = "password";
    setBusy(true);
  });
  // Back from the next page, the browser may show this one as it was left.
  addEventListener("pageshow", () => setBusy(false));
  // On a page with more than the form, only an error leads there.
  const alone = fields.length > passwords.length;
  const wrong = showError(form.ownerDocument, fields);
  if (wrong !== undefined) wrong.focus();
  else if (alone) firstEmpty(fields)?.focus();
}

function firstEmpty(fields: HTMLInputElement[]): HTMLInputElement | undefined {
  return fields.find(({ value }) => value === "") ?? fields.at(-1);
}

/**
 * Ties the server's sentence to the fields that it is about. Returns where to
 * go on: after a wrong password the name is still there, as it was typed.
 */
function showError(
  page: Document,
  fields: HTMLInputElement[],
): HTMLInputElement | undefined {
  const error = page.querySelector<HTMLElement>(".notice-error");
  if (error === null) return undefined;
  error.id = "form-error";
  const { about } = error.dataset;
  const wrong = fields.filter(({ id }) => about === undefined || id === about);
  for (const field of wrong) {
    const hint = field.getAttribute("aria-describedby");
    const ids = hint === null ? error.id : `${error.id} ${hint}`;
    field.setAttribute("aria-describedby", ids);
    field.setAttribute("aria-invalid", "true");
  }
  return about === undefined ? firstEmpty(wrong) : wrong[0];
}
