/**
 * What the variables of the conf stand for in one request. To be asked while the
 * head's bytes are still there.
 * @module
 */
import type { VariableName } from "../conf/conf.ts";
import { Field, type Fields } from "../http1/fields.ts";
import type { RequestHead } from "../http1/request_head.ts";
import { CLAIMS, claimsAnything } from "./claims.ts";
import type { RequestFacts } from "./heads.ts";

/** An id that a trusted proxy hands on has to look like one. */
const REQUEST_ID = /^[\w.:+/=@-]{1,128}$/;

/** The value of `name`, "" where there is none. */
export function valueOf(
  name: VariableName,
  { head, facts }: { head: RequestHead; facts: RequestFacts },
): string {
  switch (name) {
    case "host":
      return head.host;
    case "remote_addr":
      return facts.clientAddress;
    case "scheme":
      return facts.scheme;
    case "proxy_add_x_forwarded_for":
      return forwardedFor(head.fields, facts);
    case "proxy_add_forwarded":
      return forwarded(head, facts);
    case "request_id":
      return requestId(head.fields, facts);
    default:
      return fieldValue(head.fields, name, facts);
  }
}

/** Somebody whom nobody knows (RFC 7239 6.2). */
const UNKNOWN = "unknown";

/** The chain of addresses that a trusted proxy tells of, and its own. */
export function forwardedFor(fields: Fields, facts: RequestFacts): string {
  const { trusted, peer } = facts;
  if (trusted) {
    return [...valuesOf(fields, Field.xForwardedFor), peer].join(", ");
  }
  return isForSomebodyElse(fields, facts) ? `${UNKNOWN}, ${peer}` : peer;
}

/**
 * A proxy or tunnel on this machine that nobody has named: whom it speaks for is
 * not believed, but neither does the world behind it sit at this machine.
 */
function isForSomebodyElse(
  fields: Fields,
  { trusted, loopback }: RequestFacts,
): boolean {
  return loopback && !trusted && claimsAnything(fields);
}

/** RFC 7239: the chain that a trusted proxy tells of, and this hop. */
function forwarded(
  { host, fields }: RequestHead,
  facts: RequestFacts,
): string {
  const { trusted, peer, scheme } = facts;
  // Section 6: the colons of IPv6 and of a port have to be quoted.
  const node = peer.includes(":") ? `"[${peer}]"` : peer;
  const shown = /^[\w.~-]+$/.test(host) ? host : `"${host}"`;
  const hop = [
    `for=${node}`,
    ...host === "" ? [] : [`host=${shown}`],
    `proto=${scheme}`,
  ].join(";");
  const chain = trusted ? valuesOf(fields, Field.forwarded) : [];
  if (isForSomebodyElse(fields, facts)) chain.push(`for=${UNKNOWN}`);
  return [...chain, hop].join(", ");
}

/** One for each request, however often it is asked for. */
function requestId(fields: Fields, facts: RequestFacts): string {
  if (facts.requestId !== "") return facts.requestId;
  const told = facts.trusted ? fieldsNamed(fields, "x-request-id") : [];
  const [only] = told;
  facts.requestId = told.length === 1 && REQUEST_ID.test(only ?? "")
    ? only!
    : facts.newRequestId();
  return facts.requestId;
}

/** `http_accept_language`: the fields of that name, as one list. */
function fieldValue(
  fields: Fields,
  name: string,
  { trusted }: RequestFacts,
): string {
  const wanted = name.slice("http_".length).replaceAll("_", "-");
  const separator = wanted === "cookie" ? "; " : ", ";
  const found = fieldsNamed(
    fields,
    wanted,
    (kind) => trusted || !CLAIMS.has(kind),
  );
  return found.join(separator);
}

function fieldsNamed(
  fields: Fields,
  name: string,
  counts: (kind: number) => boolean = () => true,
): string[] {
  const found = [];
  for (let index = 0; index < fields.count; index++) {
    if (fields.name(index) !== name || !counts(fields.kind(index))) continue;
    found.push(fields.value(index));
  }
  return found;
}

function valuesOf(fields: Fields, kind: number): string[] {
  const found = [];
  for (let at = fields.find(kind); at !== -1; at = fields.find(kind, at + 1)) {
    found.push(fields.value(at));
  }
  return found;
}
