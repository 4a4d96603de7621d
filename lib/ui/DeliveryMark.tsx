/**
 * Who has a message of one's own: a quiet mark, and the same in words.
 * @module
 */
import type { Delivery, Message } from "../mesh/chat.ts";
import { Icon, type IconName } from "./Icon.tsx";
import type { ChatState } from "./state.ts";
import type { ChatWords } from "./words.ts";

/** The mark and the words for a delivery. */
export function deliveryLook(
  { held, of }: Delivery,
  words: ChatWords,
): { icon: IconName; text: string } {
  if (held === 0) {
    return { icon: "clock", text: of === 0 ? words.waiting : words.onItsWay };
  }
  if (held < of) return { icon: "check", text: words.heldBySome(held, of) };
  return { icon: "checks", text: words.heldByAll };
}

export interface DeliveryMarkProps {
  message: Message;
  state: ChatState;
  words: ChatWords;
}

export function DeliveryMark({ message, state, words }: DeliveryMarkProps) {
  const { icon, text } = message.pending === true
    ? { icon: "clock" as const, text: words.notSentYet }
    : deliveryLook(state.deliveryOf(message), words);
  return (
    <span class={`mark mark-${icon}`} title={text}>
      <Icon name={icon} />
      <span class="visually-hidden">{text}</span>
    </span>
  );
}
