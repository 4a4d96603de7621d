/**
 * One message: what it answers, its text or that it was deleted, who has it,
 * the reactions, and what can be done with it.
 * @module
 */
import type { Message } from "../mesh/chat.ts";
import { DeliveryMark } from "./DeliveryMark.tsx";
import { MessageActions } from "./MessageActions.tsx";
import { MessageFile } from "./MessageFile.tsx";
import { MessageText } from "./MessageText.tsx";
import { Quote } from "./Quote.tsx";
import { Reactions } from "./Reactions.tsx";
import type { ChatState } from "./state.ts";
import { keyOf } from "./timeline.ts";
import { fullTime, timeOfDay } from "./times.ts";
import type { ChatWords } from "./words.ts";

export interface MessageLineProps {
  message: Message;
  state: ChatState;
  words: ChatWords;
}

export function MessageLine({ message, state, words }: MessageLineProps) {
  const gone = state.acts.isGone(message);
  const file = gone ? undefined : message.file;
  const text = gone
    ? words.takenBack
    : file
    ? words.file(file.name)
    : message.text;
  const time = timeOfDay(message.at, words.locale);
  return (
    <div
      class="message"
      role="article"
      tabIndex={-1}
      data-key={keyOf(message)}
      aria-label={words.messageBy(message.user, time, text)}
    >
      <MessageTime message={message} words={words} />
      {message.replyTo && !gone && (
        <Quote of={message.replyTo} state={state} words={words} />
      )}
      {gone
        ? <em class="message-text message-gone">{text}</em>
        : file
        ? <MessageFile message={message} file={file} state={state} />
        : <MessageText text={text} state={state} />}
      {message.edited && !gone && <span class="edited">{words.edited}</span>}
      {message.own && !gone && <DeliveryMark message={message} state={state} />}
      {!gone && message.reactions.length > 0 && (
        <Reactions message={message} state={state} words={words} />
      )}
      <MessageActions message={message} state={state} />
    </div>
  );
}

export interface MessageTimeProps {
  message: Message;
  words: ChatWords;
}

/** The time of day; the rest, and who passed it on, for who looks closer. */
export function MessageTime({ message, words }: MessageTimeProps) {
  const { at, via } = message;
  const full = fullTime(at, words.locale);
  return (
    <time
      class="time"
      dateTime={new Date(at).toISOString()}
      title={via === undefined ? full : `${full}, ${words.passedOnBy(via)}`}
    >
      {timeOfDay(at, words.locale)}
    </time>
  );
}
