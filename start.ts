/**
 * Runs backend, proxy and tracker together: `deno task start --help`.
 * @module
 */
import { systemClock } from "./lib/clock.ts";
import { onHangup, runCommand, stopRequested } from "./lib/service/command.ts";
import { START, startSystem } from "./lib/supervisor/start_system.ts";

await runCommand(START, (options, out) =>
  startSystem(options, {
    executable: Deno.execPath(),
    projectDir: import.meta.dirname ?? ".",
    clock: systemClock,
    out,
    coloured: Deno.stdout.isTerminal() && !Deno.noColor,
    stopRequested: stopRequested(),
    onReload: onHangup,
  }));
