/**
 * The peer as a person has it: `deno task peer` in a pseudo-terminal.
 * @module
 */
import { PseudoTerminal, type TerminalOptions } from "./pseudo_terminal.ts";
import type { TestSystem } from "./services.ts";

export const PEER = "env -u NO_COLOR deno task --quiet peer";

/** A home of its own, as on another machine. */
export function newHome(): string {
  return Deno.makeTempDirSync({ prefix: "weaprous-home-" });
}

/** A peer whose prompt is shown. */
export async function talking(
  { origin }: Pick<TestSystem, "origin">,
  { env, command = PEER, user = "admin", ...size }: TerminalOptions & {
    command?: string;
    user?: string;
  } = {},
): Promise<PseudoTerminal> {
  const terminal = await PseudoTerminal.start(
    `${command} ${origin} --user ${user}`,
    {
      env: {
        ...{ XDG_STATE_HOME: newHome(), WEAPROUS_PASSWORD: "password" },
        ...env,
      },
      ...size,
    },
  );
  await terminal.shows(/#general.*›$/);
  return terminal;
}
