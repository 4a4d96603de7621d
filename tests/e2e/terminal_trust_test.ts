/**
 * Who is at the other end, in real terminals: what was compared there is kept,
 * and another device of the same person is said loudly.
 * @module
 */
import assert from "node:assert/strict";
import { addNetworkAccount, NETWORK_ACCOUNT } from "../tools/chat_window.ts";
import { home, peer } from "../tools/peer_process.ts";
import { newHome, talking } from "../tools/peer_terminal.ts";
import { type PseudoTerminal, terminalTest } from "../tools/pseudo_terminal.ts";
import { TestSystem } from "../tools/services.ts";

const { user, password } = NETWORK_ACCOUNT;
const WIDE = { columns: 200 };

/** Another machine of the person who is compared with. */
function otherMachine(system: TestSystem): Promise<PseudoTerminal> {
  const env = { WEAPROUS_PASSWORD: password };
  return talking(system, { user, env, ...WIDE });
}

async function enter(terminal: PseudoTerminal, line: string): Promise<void> {
  await terminal.type(line);
  await terminal.press("Enter");
}

terminalTest(
  "What two people compared in terminals is kept, and another device is said loudly",
  async () => {
    await using system = await TestSystem.start();
    await addNetworkAccount(system);
    const env = { XDG_STATE_HOME: newHome() };
    {
      await using reader = await talking(system, { env, ...WIDE });
      await using compared = await otherMachine(system);
      await reader.shows(new RegExp(`→ ${user} here`));
      await compared.shows(/→ admin here/);
      await enter(reader, `/verify ${user}`);
      await enter(compared, "/verify admin");
      const number = /(?: {2}(?:\d{5} ?){6}\n){2}/;
      const [here, there] = await Promise.all(
        [reader, compared].map((terminal) => terminal.shows(number)),
      );
      const digits = (rows: string[] = []) => number.exec(rows.join("\n"))?.[0];
      assert.equal(digits(here), digits(there));
      await enter(reader, `/verify ${user} same`);
      await reader.shows(/Marked as compared/);
    }
    // A script that runs meanwhile says it on stderr, and in the next talk it
    // is said again.
    await using _other = await otherMachine(system);
    const sent = await peer(
      [system.origin, "send", "--user", "admin"],
      { env: { ...home(), ...env }, input: "from a script" },
    );
    const loud = `${user} is here with a device not seen before, and you`;
    assert.deepEqual([sent.code, sent.out], [0, ""]);
    assert.ok(sent.error.startsWith(loud), sent.error);
    await using again = await talking(system, { env, ...WIDE });
    await again.shows(new RegExp(`^!! ${loud} compared another one`, "m"));
  },
);
