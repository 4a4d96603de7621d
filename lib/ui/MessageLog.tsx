/**
 * The open channel's messages. Stays at the end while the reader is there;
 * else a button says what came in below.
 * @module
 */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { LogSkeleton } from "./LogSkeleton.tsx";
import { MessageGroup } from "./MessageGroup.tsx";
import type { ChatState } from "./state.ts";
import { type TimelineItem, timelineOf } from "./timeline.ts";
import { dayName } from "./times.ts";
import type { ChatWords } from "./words.ts";

/** Closer to the end than this counts as being there. */
const END_PX = 48;

export interface MessageLogProps {
  state: ChatState;
  words: ChatWords;
  origin: string;
}

/** Has the channel's name as its key: each channel gets a log of its own. */
export function MessageLog({ state, words, origin }: MessageLogProps) {
  const box = useRef<HTMLDivElement>(null);
  const belowTop = useRef<number | undefined>(undefined);
  const height = useRef(0);
  const messages = state.messages.value;
  const phase = state.phase.value;
  const revealed = state.revealed.value;
  const part = state.parts.part.value;
  const load = () => void state.parts.load();
  const items = useRef<TimelineItem[]>([]);
  items.current = timelineOf(messages, state.newFrom.value, items.current);

  useLayoutEffect(() => keepPlace(box.current, state, belowTop), [messages]);
  useLayoutEffect(() => reveal(box.current, revealed?.key), [revealed]);
  useEffect(() => followResizes(box.current, state, height), []);
  useEffect(() => {
    if (box.current !== null) part?.findPlace(box.current, state);
  }, [part]);

  function showEarlier() {
    const log = box.current;
    if (log !== null) belowTop.current = log.scrollHeight - log.scrollTop;
    state.showEarlier();
  }

  return (
    <div class="log-frame">
      <div
        class="log"
        role="log"
        aria-label={words.messagesIn(state.channel.value)}
        aria-describedby="log-hint"
        aria-relevant="additions"
        aria-busy={phase === "starting"}
        tabIndex={0}
        ref={box}
        onScroll={({ currentTarget: log }) => {
          // What a new height has moved, no reader has.
          if (log.clientHeight === height.current) state.follow(isAtEnd(log));
        }}
        onPointerOver={load}
        onFocusIn={load}
        {...part?.logListeners(state)}
      >
        <div class="log-content">
          {state.earlier.value > 0 && (
            <button type="button" class="button earlier" onClick={showEarlier}>
              {words.showEarlier(
                state.earlier.value.toLocaleString(words.locale),
              )}
            </button>
          )}
          {items.current.map((item) => (
            <Item key={item.key} item={item} state={state} words={words} />
          ))}
          {messages.length === 0 && phase === "starting" && (
            <LogSkeleton words={words} />
          )}
          {messages.length === 0 && phase === "ready" && part && (
            <part.LogEmpty state={state} words={part.words} origin={origin} />
          )}
        </div>
      </div>
      <p class="visually-hidden" id="log-hint">{part?.words.logHint}</p>
      {!state.following.value && part && (
        <part.JumpButton
          unread={state.unread.countOf(state.channel.value)}
          words={part.words}
          onJump={() => {
            state.follow(true);
            box.current?.scrollTo({ top: box.current.scrollHeight });
          }}
        />
      )}
    </div>
  );
}

function isAtEnd(log: HTMLElement): boolean {
  return log.scrollHeight - log.scrollTop - log.clientHeight < END_PX;
}

/** After new messages: at the end if it was there, else where the reader was. */
function keepPlace(
  log: HTMLElement | null,
  state: ChatState,
  belowTop: { current: number | undefined },
): void {
  if (log === null) return;
  if (belowTop.current !== undefined) {
    log.scrollTop = log.scrollHeight - belowTop.current;
    belowTop.current = undefined;
  } else if (state.following.peek()) {
    log.scrollTop = log.scrollHeight;
  }
}

/** To a message that was asked for, and says which one it is. */
function reveal(log: HTMLElement | null, key: string | undefined): void {
  if (key === undefined) return;
  const line = [...log?.querySelectorAll<HTMLElement>(".message") ?? []]
    .find((one) => one.dataset["key"] === key);
  line?.scrollIntoView({ block: "center" });
  line?.focus({ preventScroll: true });
  // Anew, where it is shown again before the first has faded.
  line?.classList.remove("message-revealed");
  void line?.offsetWidth;
  line?.classList.add("message-revealed");
}

/** A keyboard opens, the composer grows: the end stays in sight. */
function followResizes(
  log: HTMLElement | null,
  state: ChatState,
  height: { current: number },
): (() => void) | undefined {
  if (log === null) return undefined;
  const observer = new ResizeObserver(() => {
    height.current = log.clientHeight;
    if (state.following.peek()) log.scrollTop = log.scrollHeight;
  });
  observer.observe(log);
  return () => observer.disconnect();
}

interface ItemProps {
  item: TimelineItem;
  state: ChatState;
  words: ChatWords;
}

function Item({ item, state, words }: ItemProps) {
  if (item.type === "group") {
    return <MessageGroup group={item} state={state} words={words} />;
  }
  if (item.type === "new") {
    return <p class="rule rule-new">{words.newFromHere}</p>;
  }
  return <h2 class="rule">{dayName(item.at, state.today.value, words)}</h2>;
}
