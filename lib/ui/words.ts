/**
 * Every text that the islands show, in each language, typed to the same keys.
 * Says nothing about when a text is shown.
 * @module
 */

export type Language = "en" | "vi";

/** The language of a page's `<html lang>`; English where it is none of ours. */
export function languageOf(lang: string): Language {
  return lang.toLowerCase().split("-")[0] === "vi" ? "vi" : "en";
}

/** What failed, and what to do next. */
export interface Advice {
  sentence: string;
  next: string;
}

/** Texts of the pages before the chat: the front page and the login. */
export interface SiteWords {
  goToChat: string;
  logIn: string;
  logOut: string;
  loggedInAs: string;
  showPassword: string;
  hidePassword: string;
  loggingIn: string;
  plainHttp: Advice;
  dismiss: string;
}

const PLAIN_HTTP_EN: Advice = {
  sentence: "The connection to this server is not encrypted.",
  next:
    "Someone on the same network could read your login. What people write to each other still travels encrypted from browser to browser.",
};

const PLAIN_HTTP_VI: Advice = {
  sentence: "Kết nối tới máy chủ này không được mã hoá.",
  next:
    "Người khác trong cùng mạng có thể đọc được thông tin đăng nhập của bạn. Tin nhắn thì vẫn được mã hoá khi đi từ trình duyệt này sang trình duyệt kia.",
};

export const siteWords: Record<Language, SiteWords> = {
  en: {
    goToChat: "💬 Go to Chat",
    logIn: "🔐 Login",
    logOut: "Log out",
    loggedInAs: "Logged in as",
    showPassword: "Show password",
    hidePassword: "Hide password",
    loggingIn: "Logging in…",
    plainHttp: PLAIN_HTTP_EN,
    dismiss: "Dismiss",
  },
  vi: {
    goToChat: "💬 Vào trò chuyện",
    logIn: "🔐 Đăng nhập",
    logOut: "Đăng xuất",
    loggedInAs: "Đang đăng nhập với tên",
    showPassword: "Hiện mật khẩu",
    hidePassword: "Ẩn mật khẩu",
    loggingIn: "Đang đăng nhập…",
    plainHttp: PLAIN_HTTP_VI,
    dismiss: "Đã hiểu",
  },
};

/** Texts of the chat page. */
export interface ChatWords {
  /** For Intl: dates, times and numbers. */
  locale: Language;
  channels: string;
  people: string;
  showChannels: string;
  showPeople: string;
  close: string;
  createChannel: string;
  channelName: string;
  create: string;
  cancel: string;
  joinChannel(channel: string): string;
  leaveChannel(channel: string): string;
  unread(count: string): string;
  peopleHere(count: number): string;
  you: string;
  state: Record<"connecting" | "direct" | "relayed" | "away", string>;
  stateMeans: Record<"connecting" | "direct" | "relayed" | "away", string>;
  problem: Record<"no-route" | "no-answer", string>;
  tracker: Record<
    "connecting" | "online" | "polling" | "away" | "refused",
    string
  >;
  logOut: string;
  messagesIn(channel: string): string;
  loading: string;
  showEarlier(count: string): string;
  newMessages(count: number): string;
  jumpToLatest: string;
  newFromHere: string;
  today: string;
  yesterday: string;
  passedOnBy(user: string): string;
  waiting: string;
  heldBySome(held: number, of: number): string;
  heldByAll: string;
  message: string;
  messageTo(channel: string): string;
  send: string;
  enterHint: string;
  bytesUsed(used: string, most: string): string;
  tooLong(over: string): string;
  sendFailed: string;
  noMessages(channel: string): string;
  noMessagesHint: string;
  nobodyHere: string;
  invite: string;
  inviteLocal: string;
  tryAgain: string;
  trying: string;
  logInAgain: string;
  reload: string;
  dismiss: string;
  trouble: Record<
    "no-webrtc" | "no-server" | "no-tracker" | "signed-out" | "no-peer",
    Advice
  >;
  startFailed: Advice;
  storageOff: Advice;
  plainHttp: Advice;
  nameFault: Record<
    "empty" | "too-long" | "bad-character" | "reserved",
    string
  >;
  channelLimit: string;
  joinFailed: string;
}

const chatEn: ChatWords = {
  locale: "en",
  channels: "Channels",
  people: "People",
  showChannels: "Show channels",
  showPeople: "Show people",
  close: "Close",
  createChannel: "+ Create Channel",
  channelName: "Channel name",
  create: "Create",
  cancel: "Cancel",
  joinChannel: (channel) => `Join #${channel}`,
  leaveChannel: (channel) => `Leave #${channel}`,
  unread: (count) => `${count} unread`,
  peopleHere: (count) => count === 1 ? "1 person" : `${count} people`,
  you: "(you)",
  state: {
    connecting: "connecting",
    direct: "direct",
    relayed: "relayed",
    away: "away",
  },
  stateMeans: {
    connecting: "A connection is being built",
    direct: "Connected browser to browser",
    relayed: "Messages are passed on by someone both of you can reach",
    away: "Gone a moment ago; messages arrive when they come back",
  },
  problem: {
    "no-route": "no route found yet",
    "no-answer": "does not answer yet",
  },
  tracker: {
    connecting: "Connecting…",
    online: "Online",
    polling: "Online, slower updates",
    away: "Server out of reach",
    refused: "Signed out",
  },
  logOut: "Log out",
  messagesIn: (channel) => `Messages in #${channel}`,
  loading: "Loading messages…",
  showEarlier: (count) => `Show earlier messages (${count})`,
  newMessages: (count) =>
    count === 1 ? "1 new message" : `${count} new messages`,
  jumpToLatest: "Jump to the latest message",
  newFromHere: "New",
  today: "Today",
  yesterday: "Yesterday",
  passedOnBy: (user) => `passed on by ${user}`,
  waiting: "sent, waiting for someone",
  heldBySome: (held, of) => `${held} of ${of} have it`,
  heldByAll: "everyone here has it",
  message: "Message",
  messageTo: (channel) => `Message #${channel}`,
  send: "Send",
  enterHint: "Enter sends, Shift+Enter starts a new line",
  bytesUsed: (used, most) => `${used} of ${most} bytes`,
  tooLong: (over) =>
    `This message is ${over} bytes too long. Shorten it, or send it in parts.`,
  sendFailed:
    "This message could not be sent. It is still here: try once more.",
  noMessages: (channel) => `Nothing said in #${channel} yet`,
  noMessagesHint: "Write the first message below.",
  nobodyHere: "Nobody else is here yet.",
  invite: "To invite someone, have them open this address and log in:",
  inviteLocal:
    "This address works on this machine only. To let others in, start the server with --server-ip 0.0.0.0.",
  tryAgain: "Try again",
  trying: "Trying…",
  logInAgain: "Log in again",
  reload: "Reload the page",
  dismiss: "Dismiss",
  trouble: {
    "no-webrtc": {
      sentence: "This browser cannot connect to other people.",
      next:
        "WebRTC is missing or switched off. Open this page in a current Firefox, Chrome, Edge or Safari, or allow WebRTC in the settings.",
    },
    "no-server": {
      sentence: "The server does not answer.",
      next:
        "People you are already connected to still get your messages. Check your network, and that the server is running.",
    },
    "no-tracker": {
      sentence: "The server answers, but its tracker does not.",
      next:
        "People you are already connected to still get your messages. Newcomers find you once the tracker is back.",
    },
    "signed-out": {
      sentence: "You have been signed out.",
      next:
        "Log in to meet newcomers again. Messages you wrote here are not lost.",
    },
    "no-peer": {
      sentence: "Others are here, but no connection to them could be built.",
      next:
        "A firewall, a VPN or separate networks may be in the way. It helps when everyone is on the same network.",
    },
  },
  startFailed: {
    sentence: "The chat could not start.",
    next: "Reload the page. If that does not help, try another browser.",
  },
  storageOff: {
    sentence: "Messages are not kept over a reload here.",
    next:
      "This browser does not let the page store them: a private window, or no space left. Everything else works.",
  },
  plainHttp: PLAIN_HTTP_EN,
  nameFault: {
    empty: "Type a name of 1 to 32 letters, digits, “-” or “_”.",
    "too-long": "A channel name has 32 characters at most.",
    "bad-character":
      "A channel name has only letters, digits, “-” and “_”: no spaces or other signs.",
    reserved: "This name is reserved. Choose another one.",
  },
  channelLimit:
    "You are in as many channels as one page can hold. Leave one first.",
  joinFailed: "This channel could not be opened. Try once more.",
};

const chatVi: ChatWords = {
  locale: "vi",
  channels: "Kênh",
  people: "Mọi người",
  showChannels: "Xem các kênh",
  showPeople: "Xem mọi người",
  close: "Đóng",
  createChannel: "+ Tạo kênh",
  channelName: "Tên kênh",
  create: "Tạo",
  cancel: "Huỷ",
  joinChannel: (channel) => `Vào #${channel}`,
  leaveChannel: (channel) => `Rời #${channel}`,
  unread: (count) => `${count} tin chưa đọc`,
  peopleHere: (count) => `${count} người`,
  you: "(bạn)",
  state: {
    connecting: "đang kết nối",
    direct: "trực tiếp",
    relayed: "chuyển tiếp",
    away: "vắng mặt",
  },
  stateMeans: {
    connecting: "Đang tạo kết nối",
    direct: "Kết nối thẳng giữa hai trình duyệt",
    relayed: "Tin nhắn được người mà cả hai kết nối được chuyển giúp",
    away: "Vừa rời đi; tin nhắn sẽ tới khi họ quay lại",
  },
  problem: {
    "no-route": "chưa tìm được đường kết nối",
    "no-answer": "chưa trả lời",
  },
  tracker: {
    connecting: "Đang kết nối…",
    online: "Trực tuyến",
    polling: "Trực tuyến, cập nhật chậm hơn",
    away: "Mất liên lạc với máy chủ",
    refused: "Đã đăng xuất",
  },
  logOut: "Đăng xuất",
  messagesIn: (channel) => `Tin nhắn trong #${channel}`,
  loading: "Đang tải tin nhắn…",
  showEarlier: (count) => `Xem tin nhắn cũ hơn (${count})`,
  newMessages: (count) => `${count} tin nhắn mới`,
  jumpToLatest: "Tới tin nhắn mới nhất",
  newFromHere: "Mới",
  today: "Hôm nay",
  yesterday: "Hôm qua",
  passedOnBy: (user) => `${user} chuyển giúp`,
  waiting: "đã gửi, đang chờ người nhận",
  heldBySome: (held, of) => `${held} trên ${of} người đã nhận`,
  heldByAll: "mọi người ở đây đã nhận",
  message: "Tin nhắn",
  messageTo: (channel) => `Nhắn tới #${channel}`,
  send: "Gửi",
  enterHint: "Enter để gửi, Shift+Enter để xuống dòng",
  bytesUsed: (used, most) => `${used} trên ${most} byte`,
  tooLong: (over) =>
    `Tin nhắn dài quá ${over} byte. Hãy rút ngắn hoặc chia làm nhiều tin.`,
  sendFailed: "Chưa gửi được tin nhắn này. Nội dung vẫn còn đây: hãy thử lại.",
  noMessages: (channel) => `Chưa có tin nhắn nào trong #${channel}`,
  noMessagesHint: "Hãy viết tin nhắn đầu tiên ở bên dưới.",
  nobodyHere: "Chưa có ai khác ở đây.",
  invite: "Để mời ai đó, hãy nhờ họ mở địa chỉ này và đăng nhập:",
  inviteLocal:
    "Địa chỉ này chỉ dùng được trên máy này. Để người khác vào được, hãy khởi động máy chủ với --server-ip 0.0.0.0.",
  tryAgain: "Thử lại",
  trying: "Đang thử…",
  logInAgain: "Đăng nhập lại",
  reload: "Tải lại trang",
  dismiss: "Đã hiểu",
  trouble: {
    "no-webrtc": {
      sentence: "Trình duyệt này không kết nối được với người khác.",
      next:
        "WebRTC không có hoặc đã bị tắt. Hãy mở trang này bằng Firefox, Chrome, Edge hay Safari bản mới, hoặc cho phép WebRTC trong phần cài đặt.",
    },
    "no-server": {
      sentence: "Máy chủ không trả lời.",
      next:
        "Những người đang kết nối với bạn vẫn nhận được tin nhắn. Hãy kiểm tra mạng, và xem máy chủ có đang chạy không.",
    },
    "no-tracker": {
      sentence: "Máy chủ có trả lời, nhưng tracker thì không.",
      next:
        "Những người đang kết nối với bạn vẫn nhận được tin nhắn. Người mới sẽ tìm thấy bạn khi tracker hoạt động lại.",
    },
    "signed-out": {
      sentence: "Bạn đã bị đăng xuất.",
      next:
        "Hãy đăng nhập để gặp lại người mới vào. Những tin nhắn bạn đã viết ở đây không bị mất.",
    },
    "no-peer": {
      sentence: "Có người ở đây, nhưng không tạo được kết nối tới họ.",
      next:
        "Có thể do tường lửa, VPN hoặc các mạng tách biệt. Nếu mọi người dùng chung một mạng thì sẽ dễ kết nối hơn.",
    },
  },
  startFailed: {
    sentence: "Không mở được phòng trò chuyện.",
    next: "Hãy tải lại trang. Nếu vẫn không được, hãy thử trình duyệt khác.",
  },
  storageOff: {
    sentence: "Ở đây tin nhắn không được giữ lại sau khi tải lại trang.",
    next:
      "Trình duyệt không cho trang lưu dữ liệu: cửa sổ ẩn danh, hoặc hết dung lượng. Mọi thứ khác vẫn hoạt động.",
  },
  plainHttp: PLAIN_HTTP_VI,
  nameFault: {
    empty: "Hãy nhập tên gồm 1 đến 32 chữ cái, chữ số, “-” hoặc “_”.",
    "too-long": "Tên kênh dài nhất là 32 ký tự.",
    "bad-character":
      "Tên kênh chỉ gồm chữ cái, chữ số, “-” và “_”: không có dấu cách hay ký hiệu khác.",
    reserved: "Tên này được dành riêng. Hãy chọn tên khác.",
  },
  channelLimit:
    "Bạn đã ở trong số kênh tối đa của một trang. Hãy rời bớt một kênh.",
  joinFailed: "Chưa mở được kênh này. Hãy thử lại.",
};

export const chatWords: Record<Language, ChatWords> = {
  en: chatEn,
  vi: chatVi,
};
