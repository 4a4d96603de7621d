/**
 * The left column: the channels, creating one, and whose page this is.
 * @module
 */
import { Avatar } from "./Avatar.tsx";
import { ChannelList } from "./ChannelList.tsx";
import { CreateChannel } from "./CreateChannel.tsx";
import { Icon } from "./Icon.tsx";
import type { ChatState } from "./state.ts";
import type { ChatWords } from "./words.ts";

export interface SidebarProps {
  state: ChatState;
  words: ChatWords;
  /** Closes the drawer that the column is on a narrow screen. */
  onClose: () => void;
  /** A channel was opened from here. */
  onOpened: () => void;
}

export function Sidebar({ state, words, onClose, onOpened }: SidebarProps) {
  return (
    <div class="sidebar panel" id="channels-panel">
      <div class="panel-head">
        <a class="brand" href="/index.html">
          <img src="/static/img/logo.svg" alt="" width="24" height="24" />
          WeApRous
        </a>
        <button
          type="button"
          class="icon-button drawer-close"
          aria-label={words.close}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <nav class="panel-body" aria-label={words.channels}>
        <p class="panel-title" aria-hidden="true">{words.channels}</p>
        <ChannelList state={state} words={words} onOpened={onOpened} />
        <CreateChannel state={state} words={words} onCreated={onOpened} />
      </nav>
      <Account state={state} words={words} />
    </div>
  );
}

function Account({ state, words }: { state: ChatState; words: ChatWords }) {
  const { user } = state.self.value;
  const tracker = state.trackerState.value;
  return (
    <div class="account">
      <Avatar name={user} />
      <div class="account-text">
        <bdi class="account-name">{user}</bdi>
        <span class={`account-state tracker-${tracker}`}>
          {words.tracker[tracker]}
        </span>
      </div>
      <a
        class="icon-button"
        href="/account.html"
        aria-label={words.account}
        title={words.account}
      >
        <Icon name="person" />
      </a>
      <form method="post" action="/logout">
        <button
          type="submit"
          class="icon-button"
          aria-label={words.logOut}
          title={words.logOut}
        >
          <Icon name="logOut" />
        </button>
      </form>
    </div>
  );
}
