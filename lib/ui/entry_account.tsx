/**
 * The script of the pages that have a form with a password: the login, the one
 * for the invited, and the account page. All of them work without: this lets
 * what is typed be seen, and puts times into the reader's zone.
 * @module
 */
import { render } from "preact";
import { plainHttpHidden } from "./dismissal.ts";
import { enhancePasswordForm } from "./password_form.ts";
import { PasswordToggle } from "./PasswordToggle.tsx";
import { PlainHttpNotice } from "./PlainHttpNotice.tsx";
import { dateAndTime } from "./times.ts";
import { languageOf, siteWords } from "./words.ts";

const language = languageOf(document.documentElement.lang);
const words = siteWords[language];
/** What stands on a form's button while the server answers. */
const BUSY: Record<string, string> = {
  "/login": words.loggingIn,
  "/join": words.joining,
  "/account/password": words.changing,
};

const notices = document.getElementById("notices");
if (notices !== null) {
  const hidden = plainHttpHidden();
  render(<PlainHttpNotice words={words} hidden={hidden} />, notices);
}
for (const time of document.querySelectorAll("time")) {
  time.textContent = dateAndTime(Date.parse(time.dateTime), language);
}
const form = document.querySelector<HTMLFormElement>(".login-form");
if (form !== null) enhance(form);

function enhance(form: HTMLFormElement): void {
  const fields = [...form.querySelectorAll<HTMLInputElement>(".field")];
  const passwords = fields.filter(({ type }) => type === "password");
  for (const field of passwords) {
    const toggle = document.getElementById(`${field.id}-toggle`);
    if (toggle === null) continue;
    render(<PasswordToggle field={field} words={words} />, toggle);
  }
  const button = form.querySelector<HTMLButtonElement>("[type=submit]");
  const busyText = BUSY[new URL(form.action).pathname] ?? "";
  if (button) enhancePasswordForm({ form, fields, button, busyText });
}
