/**
 * Where the actions of a message show: where the mouse or the focus is. What
 * they are is loaded later.
 * @module
 */
import { useComputed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Message } from "../mesh/chat.ts";
import type { ChatState } from "./state.ts";
import { keyOf } from "./timeline.ts";

export interface MessageActionsProps {
  message: Message;
  state: ChatState;
}

export function MessageActions({ message, state }: MessageActionsProps) {
  const { acts, parts } = state;
  const key = keyOf(message);
  // So that of a thousand messages only two are drawn when the mouse moves.
  const shown = useComputed(() => acts.isShownAt(key));
  const isShown = shown.value && acts.canAnswer(message);
  useEffect(() => {
    if (isShown) void parts.load();
  }, [isShown]);
  const part = isShown ? parts.part.value : undefined;
  return part
    ? <part.ActionBar message={message} state={state} words={part.words} />
    : null;
}
