/**
 * What the chat says later on, in Vietnamese.
 * @module
 */
import type { Advice } from "./site_words.ts";
import type { LateWords } from "./words_later.ts";

/** In the chat, where this device has a key. */
const PLAIN_HTTP_CHAT: Advice = {
  sentence: "Kết nối tới máy chủ này không được mã hoá.",
  next:
    "Người khác trong cùng mạng có thể đọc được thông tin đăng nhập của bạn. Nếu họ sửa được trang này trên đường truyền thì còn có thể đọc lén và lấy mất chìa khoá xác nhận danh tính của bạn: trình duyệt chỉ cất kín nó khi dùng https. Ngoài ra, tin nhắn luôn được mã hoá khi đi từ trình duyệt này sang trình duyệt kia.",
};

export const lateVi: LateWords = {
  channelName: "Tên kênh",
  create: "Tạo",
  actions: "Thao tác với tin nhắn này",
  reactWith: (emoji) => `Thả ${emoji}`,
  moreEmoji: "Thả biểu tượng khác",
  reply: "Trả lời",
  edit: "Sửa",
  remove: "Xoá",
  removeQuestion: "Xoá tin nhắn này với mọi người?",
  keep: "Giữ lại",
  replyingTo: (user) => `Đang trả lời ${user}`,
  editing: "Đang sửa tin nhắn của bạn",
  noMessages: (channel) => `Chưa có tin nhắn nào trong #${channel}`,
  noMessagesHint: "Hãy viết tin nhắn đầu tiên ở bên dưới.",
  nobodyHere: "Không có ai khác ở đây.",
  nobodyInChannel: "Không có ai khác trong kênh này.",
  foundAs: (from, channel) =>
    `Những người ở #${from} thấy kênh này trong danh sách kênh của họ, với tên “#${channel}”.`,
  invite: "Để mời ai đó, hãy nhờ họ mở địa chỉ này và đăng nhập:",
  inviteLocal:
    "Địa chỉ này chỉ dùng được trên máy này. Để người khác vào được, hãy khởi động máy chủ với --server-ip 0.0.0.0.",
  logHint:
    "Dùng phím mũi tên để đi qua các tin nhắn. R để trả lời, E để sửa, Delete để xoá, Enter để tới mọi thao tác.",
  plainHttp: PLAIN_HTTP_CHAT,
  notSentYet: "chưa gửi",
  waiting: "đang chờ có người vào",
  onItsWay: "đang chuyển đi",
  heldBySome: (held, of) => `${held} trên ${of} người đã nhận tin`,
  heldByAll: "mọi người ở đây đều đã nhận tin",
  newMessages: (count) => `${count} tin nhắn mới`,
  jumpToLatest: "Tới tin nhắn mới nhất",
  enterHint: "Enter để gửi, Shift+Enter để xuống dòng",
  roomLeft: (characters) =>
    `Còn viết được khoảng ${characters.toLocaleString("vi")} ký tự`,
  tooLong: (characters) =>
    `Tin nhắn dài quá khoảng ${
      characters.toLocaleString("vi")
    } ký tự. Hãy rút ngắn hoặc chia làm nhiều tin.`,
  sendFailed: "Chưa gửi được tin nhắn này. Nội dung vẫn còn đây: hãy thử lại.",
  trying: "Đang thử…",
  logInAgain: "Đăng nhập lại",
  reload: "Tải lại trang",
  trouble: {
    "no-webrtc": {
      sentence: "Trình duyệt này không kết nối được với người khác.",
      next:
        "WebRTC không có hoặc đã bị tắt. Hãy mở trang này bằng Firefox, Chrome, Edge hay Safari bản mới, hoặc cho phép WebRTC trong phần cài đặt.",
    },
    "no-tracker": {
      sentence: "Máy chủ có trả lời, nhưng tracker thì không.",
      next:
        "Những người đang kết nối với bạn vẫn nhận được tin nhắn. Người mới sẽ tìm thấy bạn khi tracker hoạt động lại.",
    },
    "moved": {
      sentence: "Máy chủ nay được mở qua https.",
      next:
        "Hãy tải lại trang và đăng nhập ở đó. Hãy chép lại những gì đang viết dở trước: chúng không theo sang.",
    },
    "signed-out": {
      sentence: "Bạn đã bị đăng xuất.",
      next:
        "Hãy đăng nhập để trò chuyện tiếp. Những tin nhắn bạn đã viết ở đây không bị mất, và cả những gì bạn đang viết dở.",
    },
    "too-many-requests": {
      sentence:
        "Gần đây quá nhiều thiết bị đã đăng nhập vào tài khoản của bạn.",
      next:
        "Mỗi phút máy chủ nhận thêm một thiết bị, và trang này tự hỏi lại. Những gì bạn viết trong lúc chờ sẽ được gửi sau đó.",
    },
    "no-peer": {
      sentence: "Có người ở đây, nhưng không tạo được kết nối tới họ.",
      next:
        "Có thể do tường lửa, VPN hoặc các mạng tách biệt. Nếu mọi người dùng chung một mạng thì sẽ dễ kết nối hơn.",
    },
  },
  compareWith: (user, isCompared) =>
    `So số với ${user}${isCompared ? ", đã so" : ""}`,
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
  refused: {
    "bad-proof": (user) => `Có kẻ đứng giữa bạn và ${user}.`,
    "other-user": (user) => `Có người khác đã trả lời thay cho ${user}.`,
    "bad-certificate": (user) =>
      `Người trả lời thay cho ${user} không có chứng chỉ của máy chủ này.`,
    "no-hello": (user) => `${user} dùng phiên bản khác của trang này.`,
    expired: (user) => `Chứng chỉ của thiết bị của ${user} đã hết hạn.`,
  },
  refusedNext:
    "Kết nối đã được đóng trước khi có gì được nói. Hãy nhờ họ tải lại trang; nếu vẫn vậy, hãy báo cho người quản lý máy chủ ngoài trang này.",
  startFailed: {
    sentence: "Không mở được phòng trò chuyện.",
    next: "Hãy tải lại trang. Nếu vẫn không được, hãy thử trình duyệt khác.",
  },
  ownFork: {
    sentence: "Những gì trình duyệt này đã viết ở đây có hai phiên bản.",
    next:
      "Có thể một bản sao dữ liệu cũ đã được khôi phục. Người khác không nhận thêm gì từ trình duyệt này trong kênh; bạn có thể tiếp tục từ trình duyệt khác.",
  },
  forkBy: {
    sentence: (user) =>
      `Một thiết bị của ${user} đã ký hai phiên bản khác nhau của những gì nó viết.`,
    next:
      "Có thể bạn đang đọc khác với người khác. Những gì có trước vẫn còn; kênh này không nhận thêm gì từ thiết bị đó.",
  },
  storageOff: {
    sentence: "Ở đây tin nhắn không được giữ lại sau khi tải lại trang.",
    next:
      "Trình duyệt không cho trang lưu dữ liệu: cửa sổ ẩn danh, hoặc hết dung lượng. Mọi thứ khác vẫn hoạt động.",
  },
  nameFault: {
    empty: "Hãy nhập tên gồm 1 đến 32 chữ cái, chữ số, “-” hoặc “_”.",
    "too-long": "Tên kênh dài nhất là 32 ký tự.",
    "bad-character":
      "Tên kênh chỉ gồm chữ cái, chữ số, “-” và “_”: không có dấu cách hay ký hiệu khác.",
    reserved: "Tên này được dành riêng. Hãy chọn tên khác.",
  },
  requestFault: {
    "change-failed": {
      sentence: "Chưa thay đổi được.",
      next: "Mọi thứ vẫn như cũ. Hãy thử lại.",
    },
    "channel-limit": {
      sentence: "Không còn chỗ cho kênh mới.",
      next: "Hãy rời bớt một kênh trước.",
    },
    "forbidden-origin": {
      sentence: "Máy chủ không chấp nhận địa chỉ của trang này.",
      next: "Hãy mở phòng trò chuyện bằng địa chỉ mà máy chủ đã in ra.",
    },
    "join-failed": {
      sentence: "Chưa mở được kênh này.",
      next: "Hãy thử lại.",
    },
    "outdated-page": {
      sentence: "Máy chủ dùng phiên bản mới hơn trang này.",
      next: "Hãy tải lại trang.",
    },
    "server-busy": {
      sentence: "Máy chủ yêu cầu trang này chậm lại.",
      next: "Việc vừa rồi có thể phải làm lại sau giây lát.",
    },
    "server-full": {
      sentence: "Máy chủ đã đầy.",
      next: "Hãy thử lại khi có người rời đi.",
    },
  },
  download: "Tải về",
  downloadFile: (name, size) => `Tải về ${name}, ${size}`,
  saveFile: "Lưu về máy",
  saveFileAs: (name) => `Lưu ${name} về máy`,
  openLarge: (name) => `Xem lớn ${name}`,
  cancelFile: (name) => `Huỷ ${name}`,
  heldBy: (count) => `${count} người có tệp này`,
  fileWaits: "đang chờ người có tệp này",
  fileComes: (done, size) => `${done} trong ${size}`,
  perSecond: (size) => `${size}/giây`,
  fileProblem: {
    "no-room": "Trình duyệt không còn chỗ cho tệp này.",
    "store-failed": "Trình duyệt không giữ được tệp này.",
  },
  saveFailed: "Chưa lưu được.",
  pictureFailed: "Không hiện được ảnh này.",
  dropHere: (channel) => `Thả tệp vào đây để gửi vào #${channel}`,
  attached: "Tệp đang gửi",
  uploadWaits: "đang chờ tới lượt",
  uploadFault: {
    "too-large": (limit) => `Quá lớn: mỗi tệp tối đa ${limit}.`,
    "too-many": (limit) =>
      `Mỗi lần tối đa ${limit} tệp. Hãy gửi phần còn lại khi xong các tệp này.`,
    folder: () => "Không gửi được thư mục. Hãy nén thành tệp ZIP trước.",
    unreadable: () => "Không đọc được tệp. Tệp còn đó và không bị sửa chứ?",
    "no-room": () => "Trình duyệt không còn chỗ để giữ tệp này.",
    failed: () => "Chưa gửi được. Hãy thử lại.",
  },
};
