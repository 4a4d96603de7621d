/**
 * The one answer for plain HTTP where TLS is spoken: whoever types
 * chat.lan:8443 is taken to mean http by the browser, and is led to https. Pure.
 * @module
 */
import { Http1Error } from "../http1/http1_error.ts";
import { RequestHead } from "../http1/request_head.ts";
import { HTTPS_PORT, httpsAddress } from "./https_address.ts";
import { errorResponse, redirectResponse } from "./pages.ts";

const LETTER_A = 65;
const LETTER_Z = 90;

/** Whether a connection begins with a method's letter, as TLS never does. */
export function isPlainRequest([first = 0]: Uint8Array): boolean {
  return first >= LETTER_A && first <= LETTER_Z;
}

/**
 * The same address by https, on the port that was asked for. `bytes` are those
 * that came first: a browser's head is whole in them, and others get a 400.
 */
export function answerToPlain(bytes: Uint8Array): Uint8Array {
  const location = httpsAddressIn(bytes);
  return location === undefined
    ? errorResponse(400, { close: true })
    : redirectResponse(location, true);
}

function httpsAddressIn(bytes: Uint8Array): string | undefined {
  const head = new RequestHead();
  try {
    if (head.read(bytes, 0, bytes.length) === -1) return undefined;
  } catch (error) {
    if (error instanceof Http1Error) return undefined;
    throw error;
  }
  const port = /:(\d+)$/.exec(head.host)?.[1];
  return httpsAddress(head, Number(port ?? HTTPS_PORT));
}
