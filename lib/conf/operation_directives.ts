/**
 * The directives for those who run the proxy.
 * @module
 */
import type { Directive } from "./directives.ts";
import { readDuration } from "./values.ts";

export const OPERATION_DIRECTIVES: Record<string, Directive> = {
  drain_timeout: {
    within: ["top"],
    form: "a duration like 5s",
    argumentsMin: 1,
    read([word], block, fail) {
      block.server.drainTimeoutMs = readDuration(word!.text) ??
        fail(
          word!,
          `bad duration "${word!.text}", expected one like 5s or 500ms`,
        );
    },
  },
};
