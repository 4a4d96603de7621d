/**
 * The texts about devices and numbers, in both languages.
 * @module
 */
import type { Language } from "./site_words.ts";

interface NewsWords {
  sentence(user: string): string;
  next: string;
  /** Where a device of theirs was compared before. */
  nextCompared: string;
}

export interface TrustWords {
  device: NewsWords;
  account: NewsWords;
  /** Other news wait behind the one in sight. */
  more(count: number): string;
  title(user: string): string;
  how(user: string): string;
  code: string;
  differs: string;
  same: string;
  takeBack: string;
  close: string;
}

export const trustWords: Record<Language, TrustWords> = {
  en: {
    device: {
      sentence: (user) => `${user} is here with a device not seen before.`,
      next:
        "Another browser, a private window or a cleared one: mostly harmless. Compare numbers under People if you want to be sure.",
      nextCompared:
        "You have compared numbers with them, and this is another device. Before you say anything that matters, compare anew, by another way than this chat.",
    },
    account: {
      sentence: (user) => `The account ${user} was made anew.`,
      next:
        "It may be somebody else under the same name. Compare numbers under People before you say anything that matters.",
      nextCompared:
        "You have compared numbers with the earlier one; this may be somebody else. Compare anew, by another way than this chat.",
    },
    more: (count) => `${count} more`,
    title: (user) => `Compare with ${user}`,
    how: (user) =>
      `Have ${user} open this on their side, and read the digits to each other over the telephone, or look at both screens. Each of you may also point a camera at the other’s code to read its digits.`,
    code: "The same digits, as a QR code",
    differs:
      "If they differ, somebody sits between you, or one of you looks at another device: say nothing secret here.",
    same: "They are the same",
    takeBack: "Take the mark back",
    close: "Close",
  },
  vi: {
    device: {
      sentence: (user) => `${user} đang dùng một thiết bị chưa từng thấy.`,
      next:
        "Một trình duyệt khác, cửa sổ ẩn danh hoặc vừa xoá dữ liệu: thường là vô hại. Nếu muốn chắc chắn, hãy so số ở mục Mọi người.",
      nextCompared:
        "Bạn đã so số với họ, còn đây là một thiết bị khác. Trước khi nói điều quan trọng, hãy so lại bằng một cách khác ngoài phòng trò chuyện này.",
    },
    account: {
      sentence: (user) => `Tài khoản ${user} đã được tạo lại.`,
      next:
        "Có thể là người khác dùng cùng tên. Hãy so số ở mục Mọi người trước khi nói điều quan trọng.",
      nextCompared:
        "Bạn đã so số với tài khoản cũ; đây có thể là người khác. Hãy so lại bằng một cách khác ngoài phòng trò chuyện này.",
    },
    more: (count) => `còn ${count} tin nữa`,
    title: (user) => `So số với ${user}`,
    how: (user) =>
      `Hãy nhờ ${user} mở mục này ở phía họ, rồi đọc các chữ số cho nhau qua điện thoại, hoặc cùng nhìn hai màn hình. Cũng có thể dùng máy ảnh quét mã của nhau để đọc các chữ số.`,
    code: "Cũng các chữ số đó, dạng mã QR",
    differs:
      "Nếu khác nhau thì có kẻ đứng giữa, hoặc một người đang xem thiết bị khác: đừng nói điều gì bí mật ở đây.",
    same: "Hai bên giống nhau",
    takeBack: "Bỏ dấu đã so",
    close: "Đóng",
  },
};
