/**
 * The channels that can be opened: the joined ones with what is unread in them,
 * then those that others are in.
 * @module
 */
import type { ChannelView } from "../mesh/chat.ts";
import type { ChatState } from "./state.ts";
import type { ChatWords } from "./words.ts";

export interface ChannelListProps {
  state: ChatState;
  words: ChatWords;
  /** A channel was opened from here. */
  onOpened: () => void;
}

export function ChannelList({ state, words, onOpened }: ChannelListProps) {
  const channels = state.channels.value;
  const inOrder = [
    ...channels.filter(({ joined }) => joined),
    ...channels.filter(({ joined }) => !joined),
  ];
  return (
    <ul class="channel-list" role="list">
      {inOrder.map((view) => (
        <ChannelItem
          key={view.channel}
          view={view}
          state={state}
          words={words}
          onOpen={() => {
            state.openChannel(view.channel);
            onOpened();
          }}
        />
      ))}
    </ul>
  );
}

interface ChannelItemProps {
  view: ChannelView;
  state: ChatState;
  words: ChatWords;
  onOpen: () => void;
}

/** What is said beside the name describes the button, and is not its name. */
function ChannelItem({ view, state, words, onOpen }: ChannelItemProps) {
  const { channel, joined } = view;
  const unread = state.unread.countOf(channel);
  const noteId = `channel-note-${channel}`;
  const noted = !joined || unread > 0;
  return (
    <li>
      <button
        type="button"
        class={`channel${joined ? "" : " channel-other"}${
          unread > 0 ? " channel-unread" : ""
        }`}
        aria-current={channel === state.channel.value ? "page" : undefined}
        aria-describedby={noted ? noteId : undefined}
        onClick={onOpen}
      >
        #{channel}
      </button>
      {noted && (
        <span class="channel-note" id={noteId}>
          {joined
            ? <Badge unread={unread} words={words} />
            : <span class="channel-join">{words.join}</span>}
        </span>
      )}
    </li>
  );
}

function Badge({ unread, words }: { unread: number; words: ChatWords }) {
  return (
    <>
      <span class="badge" aria-hidden="true">
        {unread > 99 ? "99+" : unread}
      </span>
      <span class="visually-hidden">
        {words.unread(unread.toLocaleString(words.locale))}
      </span>
    </>
  );
}
