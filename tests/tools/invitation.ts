/** An invitation, as the operator makes one. @module */
import { runUser } from "../operator/_user_process.ts";
import type { TestSystem } from "./services.ts";

/** The link; `uses` people can make an account with it. */
export async function invitation(
  { origin, dataDir }: TestSystem,
  uses: number,
): Promise<string> {
  const flags = ["--url", origin, "--data", dataDir];
  const { out } = await runUser(["invite", "--uses", `${uses}`, ...flags]);
  const [link] = /^http\S+/m.exec(out) ?? [];
  if (link === undefined) throw new Error(`No invitation in: ${out}`);
  return link;
}
