/**
 * The right column: who is in the open channel and how each is reached; how to
 * invite others where nobody is.
 * @module
 */
import type { PeerInfo, Person } from "../mesh/chat.ts";
import { Avatar } from "./Avatar.tsx";
import { Icon } from "./Icon.tsx";
import type { PageWords } from "./words_later.ts";
import { PersonName } from "./PersonName.tsx";
import type { ChatState } from "./state.ts";
import type { ChatWords } from "./words.ts";

export interface PeoplePanelProps {
  state: ChatState;
  words: ChatWords;
  /** The address that others open to come here. */
  origin: string;
  onClose: () => void;
}

export function PeoplePanel(props: PeoplePanelProps) {
  const { state, words, origin, onClose } = props;
  const people = state.people.value;
  const size = state.size.value;
  const unknown = size - people.length - 1;
  const self = state.self.value;
  const part = state.parts.part.value;
  // As at what they write, where that is known.
  const tagOf = ({ peer, user, device }: PeerInfo & { device?: string }) =>
    state.namesakes.value.has(user) ? device ?? peer : undefined;
  // An empty log says it already, in the middle of the page.
  const alone = state.phase.value === "ready" && people.length === 0 &&
    state.messages.value.length > 0;
  return (
    <aside class="people panel" id="people-panel">
      <div class="panel-head">
        <h2 class="panel-title" id="people-title">{words.people}</h2>
        <span class="quiet" aria-hidden="true">{size}</span>
        <button
          type="button"
          class="icon-button drawer-close"
          aria-label={words.close}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="panel-body">
        <ul class="people-list" role="list" aria-labelledby="people-title">
          <li class="person">
            <Avatar name={self.user} small />
            <PersonName
              user={self.user}
              you={words.you}
              tagOf={tagOf(self)}
            />
          </li>
          {people.map((person) => (
            <PersonItem
              key={person.peer}
              person={person}
              tagOf={tagOf(person)}
              words={words}
              state={state}
            />
          ))}
        </ul>
        {unknown > 0 && (
          <p class="quiet people-more">{words.peopleMore(unknown)}</p>
        )}
        {alone && part && (
          <part.Invite state={state} words={part.words} origin={origin} />
        )}
      </div>
    </aside>
  );
}

interface PersonItemProps {
  state: ChatState;
  person: Person;
  tagOf: string | undefined;
  words: ChatWords;
}

function PersonItem(
  { person, tagOf, words, state: chat }: PersonItemProps,
) {
  const { user, state, device } = person;
  const isCompared = device !== undefined &&
    chat.trust.compared.value.includes(device);
  const more = chat.parts.part.value?.words;
  const why = more && problemOf(person, more);
  return (
    <li class={`person person-${state}`}>
      <Avatar name={user} small />
      <span class="person-text">
        <PersonName user={user} tagOf={tagOf} />
        <span class="person-state" title={why ?? more?.stateMeans[state]}>
          {words.state[state]}
        </span>
        {why !== undefined && <span class="person-problem">{why}</span>}
      </span>
      {device !== undefined && (
        <button
          type="button"
          class="compare-button"
          aria-label={more?.compareWith(user, isCompared)}
          onClick={() => chat.compare(person)}
        >
          {isCompared ? <Icon name="check" /> : words.compare}
        </button>
      )}
    </li>
  );
}

function problemOf(
  { user, problem }: Person,
  words: PageWords,
): string | undefined {
  if (problem === undefined) return undefined;
  return problem === "no-route" || problem === "no-answer"
    ? words.problem[problem]
    : words.refused[problem](user);
}
