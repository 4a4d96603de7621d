/**
 * A user's name, told apart from the same user's other windows by a short tag
 * of the device's key, or of the peer id. This page's own has "(you)", and its tag too: it is what the
 * others see it by.
 * @module
 */
import { tagOf as shortTag } from "../mesh/device_tag.ts";

export interface PersonNameProps {
  user: string;
  /** Set where the name alone could be mistaken for another peer's. */
  tagOf?: string | undefined;
  /** "(you)", where it is this page's own. */
  you?: string | undefined;
}

export function PersonName({ user, tagOf, you }: PersonNameProps) {
  return (
    <span class="person-name">
      <bdi>{user}</bdi>
      {you !== undefined && <span class="quiet">{` ${you}`}</span>}
      {tagOf !== undefined && <span class="tag">{` ${shortTag(tagOf)}`}</span>}
    </span>
  );
}
