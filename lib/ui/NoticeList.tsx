/**
 * All that may be wrong: the leg that fails, a chat that could not start, a
 * browser that stores nothing, somebody who is not who they were to be.
 * @module
 */
import type { PageWords } from "./words_later.ts";
import { NoticeBar } from "./NoticeBar.tsx";
import { RefusedNotice } from "./RefusedNotice.tsx";
import type { ChatState } from "./state.ts";
import { type Remedy, troubleNotice } from "./trouble_notice.ts";

export interface NoticeListProps {
  state: ChatState;
  words: PageWords;
}

export function NoticeList({ state, words }: NoticeListProps) {
  return (
    <>
      <TroubleNotice state={state} words={words} />
      <RequestNotice state={state} words={words} />
      {!state.storageWorks.value && (
        <NoticeBar kind="calm" icon="warning" {...words.storageOff} />
      )}
      <RefusedNotice trust={state.trust} words={words} />
      <FoundNotice state={state} words={words} />
      <ForkNotice state={state} words={words} />
    </>
  );
}

function TroubleNotice({ state, words }: NoticeListProps) {
  if (state.phase.value === "failed") {
    return (
      <NoticeBar kind="warning" icon="warning" {...words.startFailed}>
        <RemedyButton remedy="reload" state={state} words={words} />
      </NoticeBar>
    );
  }
  const notice = troubleNotice(state.trouble.value, words);
  if (notice === undefined) return null;
  const { remedy, ...text } = notice;
  return (
    <NoticeBar kind="warning" icon="warning" {...text}>
      <RemedyButton remedy={remedy} state={state} words={words} />
    </NoticeBar>
  );
}

function RequestNotice({ state, words }: NoticeListProps) {
  const fault = state.requestFault.value;
  if (fault === undefined) return null;
  return (
    <NoticeBar kind="warning" icon="warning" {...words.requestFault[fault]}>
      <button
        type="button"
        class="button"
        onClick={() =>
          state.dismissRequestFault()}
      >
        {words.dismiss}
      </button>
    </NoticeBar>
  );
}

/** A device not met before; or the number to compare could not be shown. */
function FoundNotice({ state, words }: NoticeListProps) {
  const found = state.trust.found.value;
  const failed = state.compareFailed.value;
  if (found === undefined && !failed) return null;
  const advice = found ?? words.noServer;
  return (
    <NoticeBar
      kind={found?.loud === false ? "calm" : "warning"}
      icon="warning"
      sentence={advice.sentence}
      next={advice.next}
    >
      {found?.more && <span class="notice-more">{found.more}</span>}
      <button
        type="button"
        class="button"
        onClick={() => {
          void state.trust.dismiss("found");
          state.compareFailed.value = false;
        }}
      >
        {words.dismiss}
      </button>
    </NoticeBar>
  );
}

/** Said once; the reader puts it away. */
function ForkNotice({ state, words }: NoticeListProps) {
  const fork = state.fork.value;
  if (fork === undefined) return null;
  const { sentence, next } = words.forkBy;
  const advice = fork.own
    ? words.ownFork
    : { sentence: sentence(fork.user), next };
  return (
    <NoticeBar kind="warning" icon="warning" {...advice}>
      <button
        type="button"
        class="button"
        onClick={() => state.dismissFork()}
      >
        {words.dismiss}
      </button>
    </NoticeBar>
  );
}

interface RemedyButtonProps {
  remedy: Remedy;
  state: ChatState;
  words: PageWords;
}

function RemedyButton({ remedy, state, words }: RemedyButtonProps) {
  switch (remedy) {
    case "retry":
      return (
        <button
          type="button"
          class="button"
          // Disabled, it would lose the focus of whoever pressed it.
          aria-disabled={state.retrying.value}
          onClick={() => state.retry()}
        >
          {state.retrying.value ? words.trying : words.tryAgain}
        </button>
      );
    case "log-in":
      return (
        // Where this browser is logged in again by now, there is no form.
        <a class="button" href="/chat.html">{words.logInAgain}</a>
      );
    case "reload":
      return <a class="button" href="/chat.html">{words.reload}</a>;
    case "none":
      return null;
  }
}
