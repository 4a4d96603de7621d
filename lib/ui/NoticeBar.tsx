/**
 * One notice: what is the matter, what to do next, and its button.
 * @module
 */
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./Icon.tsx";

export interface NoticeBarProps {
  kind: "calm" | "warning";
  icon: IconName;
  sentence: string;
  next: string;
  children?: ComponentChildren;
}

export function NoticeBar(props: NoticeBarProps) {
  return (
    <div class={`notice notice-${props.kind}`}>
      <Icon name={props.icon} />
      <p class="notice-text">
        <strong>{props.sentence}</strong> {props.next}
      </p>
      {props.children}
    </div>
  );
}
