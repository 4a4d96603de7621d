/**
 * What one person wrote in one go: who and when once, then the messages.
 * @module
 */
import type { Message } from "../mesh/chat.ts";
import { Avatar } from "./Avatar.tsx";
import { DeliveryMark } from "./DeliveryMark.tsx";
import { Icon } from "./Icon.tsx";
import { MessageText } from "./MessageText.tsx";
import { PersonName } from "./PersonName.tsx";
import type { ChatState } from "./state.ts";
import { type GroupItem, keyOf } from "./timeline.ts";
import { fullTime, timeOfDay } from "./times.ts";
import type { ChatWords } from "./words.ts";

export interface MessageGroupProps {
  group: GroupItem;
  state: ChatState;
  words: ChatWords;
}

export function MessageGroup({ group, state, words }: MessageGroupProps) {
  const [first] = group.messages;
  if (first === undefined) return null;
  const own = first.own;
  const tagged = state.namesakes.value.has(group.user);
  return (
    <div class="group">
      <Avatar name={group.user} />
      <div class="group-body">
        <p class="group-head">
          <PersonName
            user={group.user}
            tagOf={tagged ? first.ref.author : undefined}
            you={own ? words.you : undefined}
          />
          <Time at={group.at} words={words} />
        </p>
        {group.messages.map((message) => (
          <MessageLine
            key={keyOf(message)}
            message={message}
            state={state}
            words={words}
            own={own}
          />
        ))}
      </div>
    </div>
  );
}

interface MessageLineProps {
  message: Message;
  state: ChatState;
  words: ChatWords;
  own: boolean;
}

function MessageLine({ message, state, words, own }: MessageLineProps) {
  const passedOn = message.via === undefined
    ? undefined
    : words.passedOnBy(message.via);
  return (
    <div class="message">
      <Time at={message.at} words={words} />
      {message.deleted
        ? <em class="message-text">{words.takenBack}</em>
        : <MessageText text={message.text} />}
      {passedOn !== undefined && (
        <span class="mark" title={passedOn}>
          <Icon name="forward" />
          <span class="visually-hidden">{passedOn}</span>
        </span>
      )}
      {own && <DeliveryMark message={message} state={state} words={words} />}
    </div>
  );
}

function Time({ at, words }: { at: number; words: ChatWords }) {
  return (
    <time
      class="time"
      dateTime={new Date(at).toISOString()}
      title={fullTime(at, words.locale)}
    >
      {timeOfDay(at, words.locale)}
    </time>
  );
}
