import assert from "node:assert/strict";
import { signIn } from "../../lib/cli/sign_in.ts";
import { freePorts } from "../tools/services.ts";

Deno.test("signIn() asks for no password where the server can't be reached, and says why", async () => {
  const folder = Deno.makeTempDirSync();
  const [port] = freePorts(1);
  let written = "";
  const signingIn = signIn({
    ...{ origin: `http://127.0.0.1:${port}`, user: "mai" },
    places: {
      get: (name) => name === "XDG_STATE_HOME" ? folder : undefined,
    },
    source: {
      input: {
        isTerminal: () => true,
        setRaw() {},
        read: () => Promise.resolve(null),
      },
      write: (text) => void (written += text),
    },
    askName: () => null,
    renewed() {},
  });
  await assert.rejects(signingIn, /Cannot reach .*: nobody listens there/);
  assert.equal(written, "");
  Deno.removeSync(folder, { recursive: true });
});
