/**
 * Above the messages: which channel this is, how many are in it, leaving it;
 * and on a narrow screen the ways into the drawers.
 * @module
 */
import { DEFAULT_CHANNEL } from "../wire/names.ts";
import { Icon } from "./Icon.tsx";
import type { ChatState } from "./state.ts";
import type { ChatWords } from "./words.ts";

/** The outer columns, where there is no room for them. */
export type DrawerName = "channels" | "people";

export interface ConversationHeadProps {
  state: ChatState;
  words: ChatWords;
  onDrawer: (drawer: DrawerName) => void;
}

export function ConversationHead(
  { state, words, onDrawer }: ConversationHeadProps,
) {
  const channel = state.channel.value;
  const count = state.size.value;
  const elsewhere = state.unread.total.value - state.unread.countOf(channel);
  return (
    <header class="conversation-head">
      <button
        type="button"
        class={`icon-button drawer-open${elsewhere > 0 ? " has-unread" : ""}`}
        aria-label={words.showChannels}
        aria-controls="channels-panel"
        onClick={() => onDrawer("channels")}
      >
        <Icon name="menu" />
      </button>
      <h1 class="conversation-title">#{channel}</h1>
      <span class="quiet conversation-count">{words.peopleHere(count)}</span>
      {channel !== DEFAULT_CHANNEL && (
        <button
          type="button"
          class="icon-button leave"
          aria-label={words.leaveChannel(channel)}
          title={words.leaveChannel(channel)}
          onClick={() => state.leaveChannel(channel)}
        >
          <Icon name="leave" />
        </button>
      )}
      <button
        type="button"
        class="icon-button drawer-open"
        aria-label={words.showPeople}
        aria-controls="people-panel"
        onClick={() => onDrawer("people")}
      >
        <Icon name="people" />
        <span aria-hidden="true">{count}</span>
      </button>
    </header>
  );
}
