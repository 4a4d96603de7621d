/**
 * Makes the login form, which works without script, kinder: one submit at a
 * time, a hidden password again before it is sent, the error tied to its
 * fields, and the keyboard where one goes on.
 * @module
 */

export interface LoginFormParts {
  form: HTMLFormElement;
  username: HTMLInputElement;
  password: HTMLInputElement;
  button: HTMLButtonElement;
  /** Shown on the button while the server answers. */
  busyText: string;
}

export function enhanceLoginForm(parts: LoginFormParts): void {
  const { form, username, password, button, busyText } = parts;
  const restingText = button.textContent;

  function setBusy(busy: boolean) {
    button.disabled = busy;
    button.textContent = busy ? busyText : restingText;
  }

  form.addEventListener("submit", () => {
    // Browsers offer to keep a password only from a password field.
    password.type = "password";
    setBusy(true);
  });
  // Back from the next page, the browser may show this one as it was left.
  addEventListener("pageshow", () => setBusy(false));
  const error = form.ownerDocument.querySelector(".notice-error");
  if (error !== null) showError(error, [username, password]);
  // After a wrong password the name is still there, as it was typed.
  (username.value === "" ? username : password).focus();
}

/** Ties the server's sentence to the fields that it is about. */
function showError(error: Element, fields: HTMLInputElement[]): void {
  error.id = "login-error";
  for (const field of fields) {
    field.setAttribute("aria-describedby", error.id);
    field.setAttribute("aria-invalid", "true");
  }
}
