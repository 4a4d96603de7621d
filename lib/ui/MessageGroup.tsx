/**
 * What one person wrote in one go: who and when once, then the messages.
 * @module
 */
import { Avatar } from "./Avatar.tsx";
import { MessageLine, MessageTime } from "./MessageLine.tsx";
import { PersonName } from "./PersonName.tsx";
import type { ChatState } from "./state.ts";
import { type GroupItem, keyOf } from "./timeline.ts";
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
          <MessageTime message={first} words={words} />
        </p>
        {group.messages.map((message) => (
          <MessageLine
            key={keyOf(message)}
            message={message}
            state={state}
            words={words}
          />
        ))}
      </div>
    </div>
  );
}
