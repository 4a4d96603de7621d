/**
 * What one can do from the front page: log in; or, logged in, go to the chat.
 * @module
 */
import { Avatar } from "./Avatar.tsx";
import type { SiteWords } from "./site_words.ts";

export interface HomeActionsProps {
  words: SiteWords;
  /** Undefined where nobody is logged in. */
  user: string | undefined;
}

export function HomeActions({ words, user }: HomeActionsProps) {
  if (user === undefined) {
    return (
      <a class="button button-primary button-large" href="/login.html">
        {words.logIn}
      </a>
    );
  }
  return (
    <>
      <a class="button button-primary button-large" href="/chat.html">
        {words.goToChat}
      </a>
      <div class="signed-in">
        <Avatar name={user} />
        <p>
          <span class="quiet">{words.loggedInAs}</span> <bdi>{user}</bdi>
        </p>
        <a class="button" href="/account.html">{words.account}</a>
        <form method="post" action="/logout">
          <button type="submit" class="button">{words.logOut}</button>
        </form>
      </div>
    </>
  );
}
