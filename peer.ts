/**
 * A member of the chat in a terminal: `deno task peer --help`.
 * @module
 */
import { main } from "./lib/cli/main.ts";

Deno.exit(await main(Deno.args));
