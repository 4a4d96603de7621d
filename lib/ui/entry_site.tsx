/**
 * The script of all pages around the chat. They work without it: it says who
 * is logged in on the front page, lets a password be seen while it is typed,
 * says in place why a form was refused, and puts times into the reader's zone.
 * @module
 */
import { render } from "preact";
import { plainHttpHidden } from "./dismissal.ts";
import { HomeActions } from "./HomeActions.tsx";
import { enhancePasswordForm } from "./password_form.ts";
import { PasswordToggle } from "./PasswordToggle.tsx";
import { PlainHttpNotice } from "./PlainHttpNotice.tsx";
import { fetchUser } from "./session.ts";
import { languageOf, siteWords } from "./site_words.ts";
import { dateAndTime } from "./times.ts";

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
const actions = document.getElementById("home-actions");
if (actions !== null) {
  void showUser(actions);
  // A page kept by the browser may be from before a login or logout.
  addEventListener("pageshow", (event) => {
    if (event.persisted) void showUser(actions);
  });
}

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
  if (button === null) return;
  enhancePasswordForm({
    form,
    fields,
    button,
    busyText,
    noAnswer: words.noAnswer,
    send: fetch,
    leave: (url) => location.assign(url),
  });
}

/** Where the server does not say, the link to the login stays as it came. */
async function showUser(root: HTMLElement): Promise<void> {
  // The cookie proves nothing, but without it there is nothing to ask.
  const asked = document.cookie.includes("auth=true");
  // Where nobody answers, or the page is being left, the login link stays.
  const known = asked ? fetchUser(fetch) : Promise.resolve(undefined);
  const user = await known.catch(() => undefined);
  render(<HomeActions words={words} user={user} />, root);
}
