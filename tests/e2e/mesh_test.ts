/**
 * A mesh of real browsers without its tracker: those who are linked introduce
 * each other.
 * @module
 */
import { browserTest, launchBrowser } from "../tools/browsers.ts";
import { ChatWindow } from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";

/** Long enough for a dial that came to nothing, and the next one. */
const INTRODUCED_MS = 60_000;

/** In the page: of whatever the tracker says, only the first peer is heard. */
function hearsOfOnePeer(): void {
  let met: string | undefined;
  const Native = globalThis.WebSocket;
  globalThis.WebSocket = class extends Native {
    override set onmessage(hear: (event: MessageEvent) => void) {
      super.onmessage = ({ data }) => {
        const news = JSON.parse(data);
        for (const roster of news.rosters ?? []) {
          met ??= roster.peers[0]?.peer;
          roster.peers = roster.peers
            .filter(({ peer }: { peer: string }) => peer === met);
        }
        const about = news.from ?? (news.user && news.peer);
        if (news.type !== "welcome" && about && about !== met) return;
        hear(new MessageEvent("message", { data: JSON.stringify(news) }));
      };
    }
  };
}

browserTest(
  "A newcomer is introduced by a peer when the tracker is dead",
  ["chromium", "firefox"],
  async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium");
    await using firefox = await launchBrowser("firefox");
    const left = await ChatWindow.enter(chromium, system.origin);
    const right = await ChatWindow.enter(firefox, system.origin);
    await Promise.all([left.reaches(1), right.reaches(1)]);
    const newcomer = await ChatWindow.enter(
      chromium,
      system.origin,
      hearsOfOnePeer,
    );
    await newcomer.reaches(1);
    await system.kill("tracker");
    newcomer.window.page.setDefaultTimeout(INTRODUCED_MS);
    right.window.page.setDefaultTimeout(INTRODUCED_MS);
    await Promise.all([newcomer.reaches(2), right.reaches(2)]);
    // The one that introduced them is not needed any more.
    await left.close();
    await right.say("welcome");
    await newcomer.sees("welcome");
    await newcomer.say("thank you");
    await right.sees("thank you");
  },
);
