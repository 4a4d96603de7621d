/**
 * Who has a message of one's own: a quiet mark, and the same in words.
 * @module
 */
import type { Delivery, Message } from "../mesh/chat.ts";
import { Icon, type IconName } from "./Icon.tsx";
import type { ChatState } from "./state.ts";
import type { PageWords } from "./words_later.ts";

/** The mark for a delivery, and its words once they are loaded. */
export function deliveryLook(
  { held, of }: Delivery,
  words: PageWords | undefined,
): { icon: IconName; text: string | undefined } {
  if (held === 0) {
    const text = of === 0 ? words?.waiting : words?.onItsWay;
    return { icon: "clock", text };
  }
  return held < of
    ? { icon: "check", text: words?.heldBySome(held, of) }
    : { icon: "checks", text: words?.heldByAll };
}

export interface DeliveryMarkProps {
  message: Message;
  state: ChatState;
}

export function DeliveryMark({ message, state }: DeliveryMarkProps) {
  const words = state.parts.part.value?.words;
  const { icon, text } = message.pending === true
    ? { icon: "clock" as const, text: words?.notSentYet }
    : deliveryLook(state.deliveryOf(message), words);
  return (
    <span class={`mark mark-${icon}`} title={text}>
      <Icon name={icon} />
      <span class="visually-hidden">{text}</span>
    </span>
  );
}
