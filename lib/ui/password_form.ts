/**
 * Makes a form with a password, which works without script, kinder: one submit
 * at a time, a refusal said where the form stands, tied to its fields, and the
 * keyboard where one goes on. Sent by script, a try that fails leaves no page
 * in the browser's history, to which Back would lead only by sending it again.
 * @module
 */

/** The sentence of a page that was refused; `data-about` names its field. */
const ERROR = ".notice-error";

export interface PasswordFormParts {
  form: HTMLFormElement;
  /** What is typed in it, in the order of the page. */
  fields: HTMLInputElement[];
  button: HTMLButtonElement;
  /** Shown on the button while the server answers. */
  busyText: string;
  /** Shown where the server does not. */
  noAnswer: string;
  send: typeof fetch;
  /** Leaves for another page. */
  leave(url: string): void;
}

export function enhancePasswordForm(parts: PasswordFormParts): void {
  const { form, fields, button, busyText } = parts;
  const restingText = button.textContent;
  const hints = new Map(
    fields.map((field) => [field, field.getAttribute("aria-describedby")]),
  );

  function setBusy(busy: boolean) {
    button.disabled = busy;
    button.textContent = busy ? busyText : restingText;
  }

  function refuse(error: HTMLElement) {
    // What was done before is no longer what this form has to say.
    const old = `main :is(${ERROR}, [role=status])`;
    for (const said of document.querySelectorAll(old)) said.remove();
    form.before(error);
    setBusy(false);
    // A wrong password is there still: what is typed next takes its place.
    const wrong = markWrong(error, hints);
    (wrong ?? button).focus();
    wrong?.select();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    setBusy(true);
    const error = await sendForm(parts);
    if (error !== undefined) refuse(error);
  });
  // Back from the next page, the browser may show this one as it was left.
  addEventListener("pageshow", () => setBusy(false));
  const error = document.querySelector<HTMLElement>(ERROR);
  if (error !== null) markWrong(error, hints)?.focus();
  // On a page with more than the form, only an error leads there.
  else if (fields[0]?.type !== "password") firstEmpty(fields)?.focus();
}

/** Leaves for where the server sends one; else returns why it does not. */
async function sendForm(
  { form, noAnswer, send, leave }: PasswordFormParts,
): Promise<HTMLElement | undefined> {
  const entries = [...new FormData(form)]
    .map(([name, value]) => [name, String(value)]);
  const body = new URLSearchParams(entries);
  const answer = await send(form.action, { method: "POST", body })
    .then(async (response) => ({ response, text: await response.text() }))
    .catch(() => undefined);
  if (answer?.response.redirected) {
    leave(answer.response.url);
    return undefined;
  }
  const page = new DOMParser().parseFromString(answer?.text ?? "", "text/html");
  const error = page.querySelector<HTMLElement>(ERROR);
  if (error !== null) return error;
  if (answer === undefined || answer.response.status >= 500) {
    return errorNotice(noAnswer);
  }
  // An invitation that is used up has another page; and what is no page of
  // ours changed nothing, so the browser may ask once more and show it.
  if (answer.response.status === 404) leave(document.URL);
  else form.submit();
  return undefined;
}

/** An error that is about none of the fields. */
function errorNotice(sentence: string): HTMLElement {
  const notice = document.createElement("p");
  notice.className = "notice notice-error";
  notice.role = "alert";
  notice.dataset["about"] = "";
  notice.textContent = sentence;
  return notice;
}

function firstEmpty(fields: HTMLInputElement[]): HTMLInputElement | undefined {
  return fields.find(({ value }) => value === "") ?? fields.at(-1);
}

/**
 * Ties the server's sentence to the fields that it is about, besides the hints
 * that they have. Returns where to go on: after a wrong password the name is
 * there still, as it was typed.
 */
function markWrong(
  error: HTMLElement,
  hints: Map<HTMLInputElement, string | null>,
): HTMLInputElement | undefined {
  error.id = "form-error";
  const { about } = error.dataset;
  const isWrong = ({ id }: HTMLInputElement) =>
    about === undefined || id === about;
  for (const [field, hint] of hints) {
    const wrong = isWrong(field);
    const ids = [wrong ? error.id : "", hint].filter(Boolean).join(" ");
    field.setAttribute("aria-describedby", ids);
    field.setAttribute("aria-invalid", String(wrong));
  }
  return firstEmpty([...hints.keys()].filter(isWrong));
}
