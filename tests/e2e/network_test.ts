/**
 * A network that fails and machines that sleep: two browsers and a terminal on
 * hosts of their own, in namespaces of Linux. What was written meanwhile arrives
 * once the way is there again. How long it is gone is what is tried, so these
 * tests wait.
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import {
  browserTest,
  launchBrowser,
  type TestBrowser,
} from "../tools/browsers.ts";
import { browserPath } from "../tools/browser_paths.ts";
import {
  addNetworkAccount,
  ChatWindow,
  NETWORK_ACCOUNT,
} from "../tools/chat_window.ts";
import { type LabHost, missingForNetLab, NetLab } from "../tools/net_lab.ts";
import { TestSystem } from "../tools/services.ts";
import type { TestProcess } from "../tools/test_process.ts";

/** ICE finds it out and restarts, and the restart has time left. */
const SHORT_CUT_MS = 12_000;
/** Every link is given up. */
const LONG_CUT_MS = 45_000;
/** Longer than any deadline of a link or of ICE. */
const SLEEP_MS = 65_000;
/** The longest pause between two dials, and what it takes to sync. */
const BACK_MS = 60_000;

class Scene {
  readonly left: ChatWindow;
  readonly right: ChatWindow;
  readonly terminal: TestProcess;
  readonly hosts: Hosts;
  #round = 0;

  constructor(
    { left, right, terminal, hosts }: Pick<
      Scene,
      "left" | "right" | "terminal" | "hosts"
    >,
  ) {
    this.left = left;
    this.right = right;
    this.terminal = terminal;
    this.hosts = hosts;
  }

  /** Each of the three says something, whether it gets out or not. */
  async allSpeak(): Promise<void> {
    this.#round++;
    await this.left.say(`left ${this.#round}`);
    await this.right.say(`right ${this.#round}`);
    await this.terminal.say(`terminal ${this.#round}`);
  }

  /** All have what all said last, and are linked to each other. */
  async allHear(): Promise<void> {
    const { left, right, terminal } = this;
    const round = this.#round;
    await Promise.all([
      ...["right", "terminal"].map((who) => left.sees(`${who} ${round}`)),
      ...["left", "terminal"].map((who) => right.sees(`${who} ${round}`)),
      ...["left", "right"].map((who) =>
        terminal.line(new RegExp(`^got ${who} ${round}$`))
      ),
      ...[left, right].map((chat) => chat.reaches(2)),
    ]);
  }
}

interface Hosts {
  left: LabHost;
  right: LabHost;
  terminal: LabHost;
}

function openBrowser(host: LabHost): Promise<TestBrowser> {
  const executable = host.wrapper(browserPath("chromium") ?? "");
  return launchBrowser("chromium", { executable });
}

async function withScene(run: (scene: Scene) => Promise<void>) {
  using lab = new NetLab();
  const [a, b, c] = [lab.addHost(), lab.addHost(), lab.addHost()];
  const hosts = { left: a, right: b, terminal: c };
  await using system = await TestSystem.start({ serverIp: "0.0.0.0" });
  await addNetworkAccount(system);
  const origin = `http://${lab.address}:${system.ports.proxy}`;
  const { user, password } = NETWORK_ACCOUNT;
  await using terminal = hosts.terminal.process(
    ["run", "-A", "tests/tools/line_peer.ts", origin, user],
    { WEAPROUS_PASSWORD: password },
  );
  await using leftBrowser = await openBrowser(hosts.left);
  await using rightBrowser = await openBrowser(hosts.right);
  const left = await ChatWindow.enter(leftBrowser, origin);
  const right = await ChatWindow.enter(rightBrowser, origin);
  for (const chat of [left, right]) chat.window.page.setDefaultTimeout(BACK_MS);
  await terminal.line(/^people direct direct$/);
  const scene = new Scene({ left, right, terminal, hosts });
  try {
    await scene.allSpeak();
    await scene.allHear();
    await run(scene);
  } finally {
    // A browser that sleeps can't be closed.
    for (const host of Object.values(hosts)) host.wake();
  }
}

function networkTest(
  name: string,
  run: (scene: Scene) => Promise<void>,
): void {
  const missing = missingForNetLab();
  const why = missing === undefined ? "" : ` (skipped: ${missing})`;
  const ignore = missing !== undefined;
  browserTest(name + why, ["chromium"], () => withScene(run), { ignore });
}

function pass(ms: number): Promise<void> {
  return new Promise((passed) => void systemClock.after(ms, passed));
}

networkTest(
  "What was written while some were cut off or asleep, for up to a minute, arrives afterwards",
  async (scene) => {
    const { left, right, terminal } = scene.hosts;
    left.cut();
    await scene.allSpeak();
    await pass(SHORT_CUT_MS);
    left.mend();
    await scene.allHear();

    right.cut();
    await scene.allSpeak();
    for (const host of [left, terminal]) host.sleep();
    await pass(LONG_CUT_MS);
    right.mend();
    await pass(SLEEP_MS - LONG_CUT_MS);
    for (const host of [left, terminal]) host.wake();
    await scene.allHear();
  },
);

networkTest(
  "Whoever gets another address, or no UDP for a while, is in the talk again",
  async (scene) => {
    const { left, right, terminal } = scene.hosts;
    for (const host of [left, terminal]) {
      host.changeAddress();
      await scene.allSpeak();
      await scene.allHear();
    }
    right.dropUdp();
    await scene.allSpeak();
    await pass(SHORT_CUT_MS);
    right.mend();
    await scene.allHear();
  },
);
