/**
 * A line that is typed without being shown: the keys that people use when they
 * cannot see what they type. Pure: bytes of a raw terminal go in.
 * @module
 */

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const CTRL_U = 0x15;
const DELETE = 0x7f;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** What is typed beyond it is not kept; no password may be as long. */
const LINE_BYTES_MAX = 4_096;

export class HiddenLine {
  #bytes: number[] = [];

  /** "typing" until Enter ("done"), or Ctrl-C or Ctrl-D ("cancelled"). */
  type(byte: number): "typing" | "done" | "cancelled" {
    switch (byte) {
      case LINE_FEED:
      case CARRIAGE_RETURN:
        return "done";
      case CTRL_C:
      case CTRL_D:
        return "cancelled";
      case BACKSPACE:
      case DELETE:
        this.#eraseCharacter();
        return "typing";
      case CTRL_U:
        this.#bytes = [];
        return "typing";
    }
    if (this.#bytes.length < LINE_BYTES_MAX) this.#bytes.push(byte);
    return "typing";
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }

  /** One character of UTF-8: its first byte and those that continue it. */
  #eraseCharacter(): void {
    let erased = this.#bytes.pop();
    while (erased !== undefined && (erased & 0xc0) === 0x80) {
      erased = this.#bytes.pop();
    }
  }
}
