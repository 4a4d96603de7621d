/**
 * The login page's script.
 * @module
 */
import { render } from "preact";
import { plainHttpHidden } from "./dismissal.ts";
import { enhanceLoginForm } from "./login_form.ts";
import { PasswordToggle } from "./PasswordToggle.tsx";
import { PlainHttpNotice } from "./PlainHttpNotice.tsx";
import { languageOf, siteWords } from "./words.ts";

const words = siteWords[languageOf(document.documentElement.lang)];
const form = document.querySelector("form");
const username = document.querySelector<HTMLInputElement>("#username");
const password = document.querySelector<HTMLInputElement>("#password");
const button = document.querySelector<HTMLButtonElement>("[type=submit]");
const toggle = document.getElementById("password-toggle");
const notices = document.getElementById("notices");

if (notices !== null) {
  const hidden = plainHttpHidden();
  render(<PlainHttpNotice words={words} hidden={hidden} />, notices);
}
if (password !== null && toggle !== null) {
  render(<PasswordToggle field={password} words={words} />, toggle);
}
if (form && username && password && button) {
  const busyText = words.loggingIn;
  enhanceLoginForm({ form, username, password, button, busyText });
}
