/**
 * Where a request by http is sent on to. Pure.
 * @module
 */
import { Field } from "../http1/fields.ts";
import type { RequestHead } from "../http1/request_head.ts";

/** What an address without a port means. */
export const HTTPS_PORT = 443;

/** The same page by https on `port`; undefined where the host is not known. */
export function httpsAddress(
  { host, target }: RequestHead,
  port: number,
): string | undefined {
  if (host === "") return undefined;
  const name = host.replace(/:\d*$/, "");
  const path = target === "*" ? "/" : target.replace(
    /[^\x21-\x7e]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `https://${name}${port === HTTPS_PORT ? "" : `:${port}`}${path}`;
}

/** Whether a trusted proxy in front says that the client came by https. */
export function isHttpsFarther(
  { fields }: RequestHead,
  trusted: boolean,
): boolean {
  const at = trusted ? fields.find(Field.xForwardedProto) : -1;
  return at !== -1 && fields.value(at).toLowerCase() === "https";
}
