/**
 * A talk in terminals as text: the three services, three people in real
 * pseudo-terminals, then a script and a keeper; what is printed is what the
 * screens showed. The READMEs show it.
 *
 * `deno run -A tests/tools/recording.ts` prints it. Only the server's address is
 * left out of the commands, for a real one would be the one that goes unsaid.
 * @module
 */
import { join } from "node:path";
import { terminal } from "../../lib/service/command.ts";
import { runUser } from "../operator/_user_process.ts";
import { newHome } from "./peer_terminal.ts";
import { PseudoTerminal } from "./pseudo_terminal.ts";
import { TestSystem } from "./services.ts";

const PASSWORD = "only for a recording";
const PEOPLE = ["mai", "minh", "bảo"];
/** The address, which is left out, has to fit as well. */
const COLUMNS = 130;
const ROWS = 40;
const FILE_BYTES = 1_240_000;

interface Scene {
  system: TestSystem;
  /** Where the shells stand. */
  dir: string;
}

/** A shell in the folder of the scene, which knows where the project is. */
async function shell(
  { dir }: Scene,
  { user, ...env }: Record<string, string> & { user: string },
): Promise<PseudoTerminal> {
  const home = join(dir, user);
  Deno.mkdirSync(home, { recursive: true });
  const config = join(Deno.cwd(), "deno.json");
  const rc = join(dir, ".shellrc");
  Deno.writeTextFileSync(
    rc,
    `PS1='$ '\ndeno() { shift; command deno task --config ${config} "$@"; }\n`,
  );
  const terminal = await PseudoTerminal.start(
    `cd ${home} && clear && exec sh -i`,
    {
      env: { ENV: rc, XDG_STATE_HOME: newHome(), ...env },
      ...{ columns: COLUMNS, rows: ROWS },
    },
  );
  await terminal.shows(/\$$/);
  return terminal;
}

async function enter(terminal: PseudoTerminal, line: string): Promise<void> {
  await terminal.type(line);
  await terminal.press("Enter");
}

/** Starts the talk of somebody who types the password. */
async function talk(scene: Scene, user: string): Promise<PseudoTerminal> {
  const terminal = await shell(scene, { user });
  const { origin } = scene.system;
  await enter(terminal, `deno task -q peer ${origin} --user ${user}`);
  await terminal.shows(/Password for/);
  await enter(terminal, PASSWORD);
  await terminal.shows(/#general.*›$/);
  return terminal;
}

async function talkOfThree(scene: Scene): Promise<string> {
  const { dir } = scene;
  const bytes = crypto.getRandomValues(new Uint8Array(65_536));
  const chunks = Math.ceil(FILE_BYTES / bytes.length);
  const file = new Blob(Array.from({ length: chunks }, () => bytes));
  Deno.mkdirSync(`${dir}/bảo`);
  const path = `${dir}/bảo/report.pdf`;
  Deno.writeFileSync(path, await file.slice(0, FILE_BYTES).bytes());
  await using minh = await talk(scene, "minh");
  await enter(minh, "the build is red again");
  await minh.shows(/minh: the build is red again/);
  await using mai = await talk(scene, "mai");
  await mai.shows(/minh here[^]*build is red again|build is red again[^]*here/);
  await using bao = await talk(scene, "bảo");
  await mai.shows(/→ bảo here/);
  await bao.shows(/build is red again/);
  await enter(mai, "looking at it 🦊");
  await bao.shows(/looking at it/);
  await enter(bao, "merge 42 broke it, here is the log");
  await mai.shows(/merge 42/);
  await minh.shows(/merge 42/);
  await enter(minh, "/react thanks");
  await mai.shows(/reacted with 🙏/);
  await enter(bao, "/file report.pdf");
  await mai.shows(/\/get 1/);
  await enter(mai, "/get 1");
  await mai.shows(/Saved report/);
  await enter(mai, "/recent 3");
  await mai.shows(/3 {2}.*looking at it/);
  await enter(mai, "/reply 2 so we take it out");
  await mai.shows(/mai: so we take it out[^]*✓2\/2 ›$/);
  await enter(mai, "/peers");
  await mai.shows(/minh +[^ ]+ +direct/);
  await mai.type("/join ci");
  return shown(scene, await mai.shows(/\/join ci$/));
}

/** What a script says and sends, had by a keeper for one who comes later. */
async function scripts(scene: Scene): Promise<string> {
  const env = { WEAPROUS_PASSWORD: PASSWORD };
  const peer = `deno task -q peer ${scene.system.origin}`;
  const ci = "--channel ci";
  await using keeper = await shell(scene, { user: "mai", ...env });
  await enter(keeper, `${peer} keep --user mai ${ci} --keep 30d`);
  await keeper.shows(/Keeping #ci/);
  await using bao = await shell(scene, { user: "bảo", ...env });
  const send = `${peer} send --user bảo ${ci}`;
  await enter(bao, `echo "build 42 is green" | ${send} && echo heard`);
  await bao.shows(/^heard$/m);
  await enter(bao, `${send} --file report.pdf && echo fetched`);
  const sent = await bao.shows(/^fetched\n\$$/m);
  await using minh = await shell(scene, { user: "minh", ...env });
  await enter(minh, `${peer} tail --user minh ${ci}`);
  await minh.shows(/report/);
  const had = await minh.shows(/build 42/);
  await using folder = await shell(scene, { user: "minh", ...env });
  await enter(folder, `${peer} recv-files . --user minh ${ci}`);
  const saved = await folder.shows(/^report/m);
  const all = [await keeper.rows(), sent, had, saved];
  return all.map((rows) => shown(scene, rows)).join("\n\n");
}

function shown({ system }: Scene, rows: readonly string[]): string {
  return rows.join("\n").replaceAll(` ${system.origin}`, "");
}

if (import.meta.main) {
  await using system = await TestSystem.start();
  for (const user of PEOPLE) {
    const flags = ["--data", system.dataDir, "--password-stdin"];
    const { code, error } = await runUser(
      ["add", user, ...flags],
      `${PASSWORD}\n`,
    );
    if (code !== 0) throw new Error(`Cannot add ${user}: ${error}`);
  }
  const dir = Deno.makeTempDirSync({ prefix: "weaprous-recording-" });
  const scene = { system, dir };
  terminal.log(`${await talkOfThree(scene)}\n\n${await scripts(scene)}`);
}
