/**
 * The situations in which the chat page is looked at, each a FakeChat set up.
 * @module
 */
import type { Person, PersonState } from "../../lib/mesh/chat.ts";
import type { Bytes } from "../../lib/mesh/keys.ts";
import type { FileState } from "../../lib/mesh/shared_file.ts";
import { deviceKey } from "./cheap_keys.ts";
import { FakeChat, fakePeerId } from "./fake_chat.ts";

type Scene = (chat: FakeChat, now: number) => void;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Messages of the scene `many`. */
const MANY = 5_000;

function person(user: string, state: PersonState): Person {
  return { peer: fakePeerId(user), user, state };
}

function talk(chat: FakeChat, now: number): void {
  const say = (
    minutesAgo: number,
    [user, text]: [string, string],
    via?: string,
  ) => {
    chat.setTime(now - minutesAgo * MINUTE_MS);
    chat.say("general", user, text, via);
  };
  say(26 * 60, ["linh", "Phòng máy mở cửa tới 9 giờ tối nay nhé."]);
  say(26 * 60 - 1, ["linh", "Ai cần tài khoản thì nhắn mình."]);
  say(25 * 60, ["bob", "Thanks! I'll bring the switch and two long cables."]);
  say(24 * 60, ["admin", "The server is on the desk next to the window."]);
  say(95, ["Minh Anh", "Good morning everyone ☀️"]);
  say(94, ["bob", "Morning. Did the history arrive on your side?"], "linh");
  say(93, [
    "Minh Anh",
    "Yes, all of it, and I was offline the whole evening. Notes are at https://wiki.example.org/p2p_(chat), in the second part.",
  ]);
  say(92, [
    "admin",
    "Nice. That came straight from Linh’s browser, by the way.",
  ]);
  say(91, [
    "admin",
    "Let me paste what the tracker printed:\n\n  peers    4\n  channels 3\n  signals  118",
  ]);
  say(12, [
    "linh",
    "118 tín hiệu cho 4 người là bình thường, mỗi cặp trao đổi khoảng 20 lần khi tạo kết nối.",
  ]);
  say(11, ["linh", "Sau đó thì không qua máy chủ nữa."]);
  say(3, ["bob", "So if I unplug the server now…"]);
  say(2, ["admin", "…we keep talking. Try it!"]);
}

/** Answers, an edit, a deletion and reactions, in what was said. */
function goOn(chat: FakeChat, now: number): void {
  const general = chat.messages("general");
  const ref = (part: string) => {
    const found = general.find(({ text }) => text.includes(part));
    if (found === undefined) throw new Error(`Nobody said "${part}"`);
    return found.ref;
  };
  const react = (part: string, emoji: string, users: string[]) => {
    for (const user of users) {
      chat.reactAs(user, { channel: "general", ref: ref(part), emoji });
    }
  };
  react("Good morning", "☀️", ["bob", "linh", "Tuấn"]);
  react("Good morning", "❤️", ["admin", "bob"]);
  react("straight from", "🚀", ["Minh Anh"]);
  react("không qua máy chủ", "👍", ["admin", "bob", "Minh Anh"]);
  react("không qua máy chủ", "🎉", ["Tuấn"]);
  chat.change("general", ref("bình thường"), () => ({ edited: true }));
  chat.change("general", ref("Try it!"), () => ({ replyTo: ref("unplug") }));
  chat.setTime(now - 10 * MINUTE_MS);
  const { ref: mistaken } = chat.say("general", "linh", "typo");
  void chat.remove("general", mistaken);
  chat.setTime(now - MINUTE_MS);
  chat.say("general", "bob", "Still here. 🔌");
  const answers = [ref("unplug"), { author: fakePeerId("Tuấn"), seq: 400 }];
  for (const [index, replyTo] of answers.entries()) {
    const { ref } = chat.say(
      "general",
      "Minh Anh",
      `Still here, ${index + 1}.`,
    );
    chat.change("general", ref, () => ({ replyTo }));
  }
}

function crowd(chat: FakeChat): void {
  const peer = "o1Eg00000000000000000Q";
  chat.self = { peer, user: "admin", device: peer };
  chat.delivered = { held: 4, of: 4 };
  chat.setPeople("general", [
    { ...person("admin", "direct"), peer: "q7Xk2mFz0000000000000A" },
    person("bob", "direct"),
    person("linh", "relayed"),
    person("Minh Anh", "connecting"),
    person("Tuấn", "away"),
  ]);
  chat.setChannel("lớp-12a");
  chat.setChannel("release-2026");
  chat.setChannel("random", false);
  chat.setChannel("trip-to-hue", false);
}

/** A picture that needs no file: hills under an evening sky. */
function picture(): Bytes {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [960, 640];
  const pen = canvas.getContext("2d");
  const sky = pen?.createLinearGradient(0, 0, 0, 640);
  if (!pen || !sky) return new Uint8Array();
  for (
    const [at, colour] of [[0, "#28406b"], [0.6, "#e58b6b"], [
      1,
      "#f7d7a0",
    ]] as const
  ) {
    sky.addColorStop(at, colour);
  }
  pen.fillStyle = sky;
  pen.fillRect(0, 0, 960, 640);
  for (const [row, colour] of ["#3d4f63", "#2b3a46", "#17242c"].entries()) {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(0, 640);
    for (let x = 0; x <= 960; x += 8) {
      const height = Math.sin(x / (90 + 40 * row) + 2 * row) * 40 +
        Math.sin(x / 37 + row) * 10;
      pen.lineTo(x, 380 + 80 * row - height);
    }
    pen.lineTo(960, 640);
    pen.fill();
  }
  const [, text = ""] = canvas.toDataURL("image/png").split(",");
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
}

function files(chat: FakeChat, now: number): void {
  const hills = picture();
  let count = 0;
  const share = (
    [minutesAgo, user]: [number, string],
    [name, size, type]: [string, number, string],
    state?: FileState,
  ) => {
    chat.setTime(now - minutesAgo * MINUTE_MS);
    const hash = `f${++count}`.padEnd(43, "_");
    const { ref } = chat.sayFile("general", user, { name, size, type, hash });
    if (state?.state === "held") chat.files.hold(hash, hills);
    else if (state !== undefined) chat.files.set(hash, state);
    return ref;
  };
  const [kB, MB] = [1_000, 1_000_000];
  const plan = "Kế hoạch học kỳ 2 của lớp 12A – bản cuối cùng đã sửa.pdf";
  const ref = share([30, "linh"], [plan, 1.8 * MB, "application/pdf"], {
    state: "absent",
    holders: 2,
  });
  chat.reactAs("bob", { channel: "general", ref, emoji: "👍" });
  share([29, "linh"], ["sân trường.png", hills.length, "image/png"], {
    state: "held",
  });
  share([20, "bob"], [
    "disk-image.iso",
    3_900 * MB,
    "application/x-iso9660-image",
  ], {
    state: "fetching",
    bytes: 1_210 * MB,
    bytesPerSecond: 8.4 * MB,
    from: 2,
  });
  share([19, "bob"], ["measurements.tar.gz", 48 * MB, "application/gzip"], {
    state: "waiting",
    bytes: 7 * MB,
  });
  share([18, "bob"], ["rehearsal.mp4", 640 * MB, "video/mp4"], {
    state: "failed",
    problem: "no-room",
  });
  share([10, "Minh Anh"], ["DSC_2041.jpg", 9.6 * MB, "image/jpeg"]);
  share([9, "Minh Anh"], ["Makefile", 2 * kB, "text/plain"]);
  void chat.files.send("general", {
    ...{ name: "notes.md", size: hills.length, type: "text/markdown" },
    read: () => Promise.resolve(hills),
  }, { replyTo: ref });
}

export const scenes: Record<string, Scene> = {
  empty() {},
  loading(chat) {
    chat.started = new Promise(() => {});
    chat.setChannel("general", false);
  },
  busy(chat, now) {
    crowd(chat);
    talk(chat, now);
  },
  large(chat, now) {
    crowd(chat);
    talk(chat, now);
    chat.setChannel("general", true, 460);
    const known = Array.from(
      { length: 30 },
      (_, at) =>
        person(`Nguyễn ${at + 1}`, at % 5 === 0 ? "direct" : "relayed"),
    );
    chat.setPeople("general", known);
  },
  lively(chat, now) {
    crowd(chat);
    talk(chat, now);
    // What this user says is there a moment later.
    queueMicrotask(() => queueMicrotask(() => goOn(chat, now)));
  },
  files(chat, now) {
    crowd(chat);
    talk(chat, now);
    files(chat, now);
  },
  "no-tracker"(chat, now) {
    scenes["busy"]?.(chat, now);
    chat.delivered = { held: 1, of: 3 };
    chat.trouble = "no-tracker";
  },
  "no-server"(chat, now) {
    scenes["no-tracker"]?.(chat, now);
    chat.trouble = "no-server";
  },
  "no-peer"(chat, now) {
    talk(chat, now);
    chat.setPeople("general", [
      { ...person("bob", "connecting"), problem: "no-route" },
      { ...person("linh", "connecting"), problem: "no-answer" },
    ]);
    chat.trouble = "no-peer";
  },
  "in-the-middle"(chat, now) {
    talk(chat, now);
    chat.setPeople("general", [
      { ...person("bob", "direct"), device: deviceKey("bob") },
      { ...person("linh", "connecting"), problem: "bad-proof" },
    ]);
    setTimeout(() => {
      chat.announce({
        type: "link-refused",
        user: "linh",
        refusal: "bad-proof",
      });
      for (const user of ["linh", "bob"]) {
        for (const [userSince, name] of [user, `${user}2`].entries()) {
          const device = deviceKey(name);
          chat.announce({ type: "device-met", user, userSince, device });
        }
      }
    }, 100);
  },
  "signed-out"(chat, now) {
    scenes["busy"]?.(chat, now);
    chat.trouble = "signed-out";
  },
  "no-webrtc"(chat) {
    chat.trouble = "no-webrtc";
  },
  "storage-off"(chat, now) {
    scenes["busy"]?.(chat, now);
    chat.storageWorks = false;
  },
  fork(chat, now) {
    scenes["busy"]?.(chat, now);
    const bob = chat.say("general", "bob", "Lunch at 12.");
    bob.text = "";
    bob.deleted = true;
    const fork = { user: "bob", author: fakePeerId("bob"), own: false };
    chat.started = chat.started.then(() =>
      chat.announce({ type: "fork-found", channel: "general", ...fork })
    );
  },
  "start-failed"(chat) {
    chat.started = Promise.reject(new Error("Cannot open the store"));
  },
  "long-names"(chat, now) {
    const long = "Nguyễn-Phước-Bảo-Long-Thiên-Hương";
    chat.self = { ...chat.self, user: long };
    const channel = "kênh-có-tên-dài-nhất-được-phép-1";
    chat.setPeople("general", [person(long, "direct"), person(long, "away")]);
    chat.setChannel(channel);
    chat.setTime(now - HOUR_MS);
    chat.say("general", long, "m".repeat(300));
    chat.say("general", "‮evil‬", "שלום, ‮reversed‬ text, and <b>no tags</b>");
    chat.say("general", "a", "a\nb\n\n\nc");
  },
  many(chat, now) {
    crowd(chat);
    const texts = [
      "One more.",
      "A line that says a little more than that.",
      "ok",
    ];
    const messages = Array.from({ length: MANY }, (_, index) => {
      const user = ["bob", "linh", "Minh Anh"][Math.floor(index / 3) % 3] ?? "";
      return {
        channel: "general",
        ref: { author: fakePeerId(user), seq: index + 1 },
        user,
        text: `${index + 1}. ${texts[index % texts.length]}`,
        edited: false,
        deleted: false,
        reactions: [],
        own: false,
        at: now - (MANY - index) * MINUTE_MS,
      };
    });
    chat.add("general", messages);
  },
};
