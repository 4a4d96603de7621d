/**
 * The texts of the chat in Vietnamese.
 * @module
 */
import type { Advice } from "./site_words.ts";
import type { ChatWords } from "./words.ts";

/** In the chat, which loads nothing of site_words.ts, this device has a key. */
const PLAIN_HTTP_CHAT: Advice = {
  sentence: "Kết nối tới máy chủ này không được mã hoá.",
  next:
    "Người khác trong cùng mạng có thể đọc được thông tin đăng nhập của bạn. Nếu họ sửa được trang này trên đường truyền thì còn có thể đọc lén và lấy mất chìa khoá xác nhận danh tính của bạn: trình duyệt chỉ cất kín nó khi dùng https. Ngoài ra, tin nhắn luôn được mã hoá khi đi từ trình duyệt này sang trình duyệt kia.",
};

export const chatVi: ChatWords = {
  locale: "vi",
  channels: "Kênh",
  people: "Mọi người",
  showChannels: "Xem các kênh",
  showPeople: "Xem mọi người",
  close: "Đóng",
  createChannel: "+ Tạo kênh",
  cancel: "Huỷ",
  join: "Vào",
  leaveChannel: (channel) => `Rời #${channel}`,
  unread: (count) => `${count} tin chưa đọc`,
  peopleHere: (count) => `${count} người`,
  peopleMore: (count) => `và ${count} người nữa, liên lạc qua những người này`,
  you: "(bạn)",
  state: {
    connecting: "đang kết nối",
    direct: "trực tiếp",
    relayed: "chuyển tiếp",
    away: "vắng mặt",
  },
  compare: "So số",
  compareWith: (user, isCompared) =>
    `So số với ${user}${isCompared ? ", đã so" : ""}`,
  tracker: {
    connecting: "Đang kết nối…",
    online: "Trực tuyến",
    polling: "Trực tuyến, cập nhật chậm hơn",
    away: "Mất liên lạc với máy chủ",
    refused: "Đã đăng xuất",
  },
  account: "Tài khoản của bạn",
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
  takenBack: "Người viết đã xoá tin nhắn này",
  edited: "đã sửa",
  messageBy: (user, time, text) => `${user}, lúc ${time}: ${text}`,
  logHint:
    "Dùng phím mũi tên để đi qua các tin nhắn. R để trả lời, E để sửa, Delete để xoá, Enter để tới mọi thao tác.",
  reactedBy: (emoji, users) => `${emoji} từ ${users}`,
  others: (count) => `${count} người khác`,
  save: "Lưu",
  original: (user, text) => `Trả lời ${user}: ${text}`,
  originalGone: "Tin nhắn được trả lời không còn được giữ ở đây.",
  notSentYet: "chưa gửi",
  waiting: "đang chờ có người vào",
  onItsWay: "đang chuyển đi",
  heldBySome: (held, of) => `${held} trên ${of} người đã nhận`,
  heldByAll: "mọi người ở đây đều đã nhận",
  message: "Tin nhắn",
  messageTo: (channel) => `Nhắn tới #${channel}`,
  send: "Gửi",
  enterHint: "Enter để gửi, Shift+Enter để xuống dòng",
  roomLeft: (characters) =>
    `Còn viết được khoảng ${characters.toLocaleString("vi")} ký tự`,
  tooLong: (characters) =>
    `Tin nhắn dài quá khoảng ${
      characters.toLocaleString("vi")
    } ký tự. Hãy rút ngắn hoặc chia làm nhiều tin.`,
  sendFailed: "Chưa gửi được tin nhắn này. Nội dung vẫn còn đây: hãy thử lại.",
  noMessages: (channel) => `Chưa có tin nhắn nào trong #${channel}`,
  noMessagesHint: "Hãy viết tin nhắn đầu tiên ở bên dưới.",
  tryAgain: "Thử lại",
  dismiss: "Đã hiểu",
  noServer: {
    sentence: "Máy chủ không trả lời.",
    next:
      "Những người đang kết nối với bạn vẫn nhận được tin nhắn. Hãy kiểm tra mạng, và xem máy chủ có đang chạy không.",
  },
  plainHttp: PLAIN_HTTP_CHAT,
};
