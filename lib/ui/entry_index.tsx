/**
 * The front page's script: who is logged in decides what it offers. Where the
 * server does not say, the link to the login stays as the page came.
 * @module
 */
import { render } from "preact";
import { plainHttpHidden } from "./dismissal.ts";
import { HomeActions } from "./HomeActions.tsx";
import { PlainHttpNotice } from "./PlainHttpNotice.tsx";
import { fetchUser } from "./session.ts";
import { languageOf, siteWords } from "./words.ts";

const words = siteWords[languageOf(document.documentElement.lang)];
const actions = document.getElementById("home-actions");
const notices = document.getElementById("notices");

if (notices !== null) {
  const hidden = plainHttpHidden();
  render(<PlainHttpNotice words={words} hidden={hidden} />, notices);
}

async function showUser(root: HTMLElement): Promise<void> {
  // The cookie proves nothing, but without it there is nothing to ask.
  const asked = document.cookie.includes("auth=true");
  // Where nobody answers, or the page is being left, the login link stays.
  const known = asked ? fetchUser(fetch) : Promise.resolve(undefined);
  const user = await known.catch(() => undefined);
  render(<HomeActions words={words} user={user} />, root);
}

if (actions !== null) {
  void showUser(actions);
  // A page kept by the browser may be from before a login or logout.
  addEventListener("pageshow", (event) => {
    if (event.persisted) void showUser(actions);
  });
}
