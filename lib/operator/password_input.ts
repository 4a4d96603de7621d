/**
 * Where a command gets a new password from: the terminal, twice and unseen, or
 * standard input. It knows nothing of what makes a password good.
 * @module
 */
import { UsageError } from "../service/command.ts";
import {
  decodePassword,
  HiddenLines,
  type PasswordSource,
} from "../service/hidden_lines.ts";

/** Reading stops here: no password may be as long. */
const INPUT_BYTES_MAX = 4_096;

/** A password typed twice at the terminal. */
export async function askPassword(
  name: string,
  source: PasswordSource,
): Promise<string> {
  const { input } = source;
  if (!input.isTerminal()) {
    throw new UsageError(
      "Cannot ask for a password without a terminal. Give it on standard input with --password-stdin",
    );
  }
  input.setRaw(true);
  try {
    const lines = new HiddenLines(source);
    const first = await lines.next(`New password for ${name}: `);
    const second = await lines.next("The same again: ");
    if (first !== second) throw new Error("The two passwords differ");
    return first;
  } finally {
    input.setRaw(false);
  }
}

/** Everything on standard input, less the one line break that ends it. */
export async function readPassword({ input }: PasswordSource): Promise<string> {
  const bytes = new Uint8Array(INPUT_BYTES_MAX);
  let length = 0;
  for (;;) {
    const read = await input.read(bytes.subarray(length));
    if (read === null || read === 0) break;
    length += read;
  }
  return decodePassword(bytes.slice(0, length)).replace(/\r?\n$/, "");
}
