/**
 * The main job: a Chromium and a Firefox talk browser to browser, having met
 * through the proxy. Real services, real browsers, one mesh of both.
 * @module
 */
import assert from "node:assert/strict";
import {
  type BrowserOptions,
  browserTest,
  launchBrowser,
  type TestBrowser,
} from "../tools/browsers.ts";
import { addNetworkAccount, ChatWindow } from "../tools/chat_window.ts";
import { TestSystem } from "../tools/services.ts";

interface Scene {
  system: TestSystem;
  chromium: TestBrowser;
  firefox: TestBrowser;
}

/** A fresh system and fresh browsers, ended after the test. */
function chatTest(
  name: string,
  run: (scene: Scene) => Promise<void>,
  chromiumOptions: BrowserOptions = {},
): void {
  browserTest(name, ["chromium", "firefox"], async () => {
    await using system = await TestSystem.start();
    await using chromium = await launchBrowser("chromium", chromiumOptions);
    await using firefox = await launchBrowser("firefox");
    await run({ system, chromium, firefox });
  });
}

/** One window of each browser, linked to each other. */
async function linkedPair(
  { system, chromium, firefox }: Scene,
): Promise<[ChatWindow, ChatWindow]> {
  const left = await ChatWindow.enter(chromium, system.origin);
  const right = await ChatWindow.enter(firefox, system.origin);
  await Promise.all([left.reaches(1), right.reaches(1)]);
  return [left, right];
}

chatTest(
  "Chromium and Firefox chat both ways through the proxy",
  async (scene) => {
    const [left, right] = await linkedPair(scene);
    await left.say("hello from Chromium");
    await right.sees("hello from Chromium");
    await right.sayByButton("xin chào từ Firefox 🦊");
    await left.sees("xin chào từ Firefox 🦊");
    left.assertClean();
    right.assertClean();
  },
);

chatTest(
  "A message written the moment a page is ready arrives",
  async (scene) => {
    const { system, chromium, firefox } = scene;
    const right = await ChatWindow.enter(firefox, system.origin);
    const left = await ChatWindow.enter(chromium, system.origin);
    await left.say("as soon as I am here");
    await right.sees("as soon as I am here");
  },
);

chatTest("A message is shown as the text that it is", async (scene) => {
  const [left, right] = await linkedPair(scene);
  const text = `<img src=x onerror="alert(1)"> & <b>bold</b>`;
  await left.say(text);
  await right.sees(text);
  left.assertClean();
  right.assertClean();
});

chatTest(
  "A channel created in one window is used from the other",
  async (scene) => {
    const [left, right] = await linkedPair(scene);
    await left.say("said in general");
    await right.sees("said in general");
    await left.createChannel("tea");
    await right.openChannel("tea");
    await Promise.all([left.reaches(1), right.reaches(1)]);
    await right.say("tea is ready");
    await left.sees("tea is ready");
    assert.doesNotMatch(await left.read(), /said in general/);
    await left.openChannel("general");
    await left.sees("said in general");
    assert.doesNotMatch(await left.read(), /tea is ready/);
    left.assertClean();
    right.assertClean();
  },
);

chatTest("Who comes later sees what was said", async (scene) => {
  const [left, right] = await linkedPair(scene);
  await left.say("before you came");
  await right.sees("before you came");
  await right.say("and before you, too");
  await left.sees("and before you, too");
  const late = await ChatWindow.enter(scene.chromium, scene.system.origin);
  await late.sees("before you came");
  await late.sees("and before you, too");
  late.assertClean();
});

chatTest(
  "The talk goes on without the tracker, and with it again",
  async (scene) => {
    const [left, right] = await linkedPair(scene);
    await scene.system.kill("tracker");
    await left.say("is anybody there?");
    await right.sees("is anybody there?");
    await right.say("we need no tracker");
    await left.sees("we need no tracker");
    await scene.system.run("tracker");
    const late = await ChatWindow.enter(scene.chromium, scene.system.origin);
    await late.sees("we need no tracker");
  },
);

chatTest(
  "A reload keeps the messages where nobody else has them",
  async (scene) => {
    for (const browser of [scene.chromium, scene.firefox]) {
      const alone = await ChatWindow.enter(browser, scene.system.origin);
      await alone.say("note to myself");
      await alone.sees("note to myself");
      await alone.reload();
      await alone.sees("note to myself");
      alone.assertClean();
      await alone.close();
    }
  },
);

chatTest(
  "What was written while nobody was there arrives, over a reload as well",
  async ({ system, chromium, firefox }) => {
    const left = await ChatWindow.enter(chromium, system.origin);
    await left.say("written alone");
    await left.reload();
    await left.say("and after the reload");
    const right = await ChatWindow.enter(firefox, system.origin);
    await right.sees("written alone");
    await right.sees("and after the reload");
    left.assertClean();
    right.assertClean();
  },
);

chatTest(
  "Words that were changed on their way are shown to nobody",
  async ({ system, chromium, firefox }) => {
    const left = await ChatWindow.enter(chromium, system.origin, () => {
      const channel: { send(data: unknown): void } = RTCDataChannel.prototype;
      const { send } = channel;
      channel.send = function (data) {
        send.call(this, String(data).replaceAll("the truth", "a forgery"));
      };
    });
    const right = await ChatWindow.enter(firefox, system.origin);
    await Promise.all([left.reaches(1), right.reaches(1)]);
    await left.say("this is the truth");
    await left.say("and this is as it was");
    await right.sees("and this is as it was");
    assert.doesNotMatch(await right.read(), /the truth|a forgery/);
    right.assertClean();
  },
);

chatTest(
  "The chat works under a plain-http name of the network",
  async (scene) => {
    const { system, chromium, firefox } = scene;
    await addNetworkAccount(system);
    const named = system.origin.replace("127.0.0.1", "chat.lan");
    const left = await ChatWindow.enter(chromium, named);
    const right = await ChatWindow.enter(firefox, system.origin);
    const secure = await left.window.page.evaluate(() => isSecureContext);
    assert.equal(secure, false);
    await Promise.all([left.reaches(1), right.reaches(1)]);
    await left.say("hello from the LAN");
    await right.sees("hello from the LAN");
    await right.say("hello to the LAN");
    await left.sees("hello to the LAN");
    await left.reload();
    await left.sees("hello to the LAN");
    left.assertClean();
  },
  { localHosts: ["chat.lan"] },
);
