/**
 * The backend's questions and answers about identity, as a device asks
 * them (PROTOCOL.md, 4).
 * @module
 */
import { encodeBase64Url } from "../wire/base64url.ts";
import {
  decodeIdentityAnswer,
  decodeIdentityKeys,
  decodeIdentityNonce,
  decodeRevocations,
  type IdentityAnswer,
  type IdentityKeys,
  type IdentityRequest,
  possessionBytes,
  type Revocations,
} from "../wire/identity.ts";
import { decodeHttpError } from "../wire/tracker_api.ts";
import type { Signer } from "./keys.ts";
import type { Fetch } from "./tracker_http.ts";

/**
 * Nobody answers; nobody is logged in; the account has had very many devices
 * certified lately; the server will not otherwise, or talks nonsense.
 */
export type IdentityFault =
  | "no-server"
  | "signed-out"
  | "too-many-requests"
  | "refused";

export class IdentityError extends Error {
  /** Nobody reads more of it than the fault. */
  constructor(readonly fault: IdentityFault, options?: ErrorOptions) {
    super(fault, options);
  }
}

/** Whose session it is, which keys the server has, and what time. */
export async function askForKeys(fetch: Fetch): Promise<IdentityKeys> {
  return decoded(decodeIdentityKeys, await ask(fetch, "/identity/keys"));
}

/** What was revoked after the one with that number. */
export async function askForRevocations(
  after: number,
  fetch: Fetch,
): Promise<Revocations> {
  const text = await ask(fetch, `/identity/revocations?after=${after}`);
  return decoded(decodeRevocations, text);
}

/** A certificate for the signer's key and whoever is logged in. */
export async function askForCertificate(
  signer: Signer,
  fetch: Fetch,
): Promise<IdentityAnswer> {
  const text = await ask(fetch, "/identity/nonce");
  const { nonce, user } = decoded(decodeIdentityNonce, text);
  const { key } = signer;
  const signature = await signer.sign(possessionBytes({ nonce, key, user }));
  const request = { key, nonce, signature: encodeBase64Url(signature) };
  const answer = await ask(fetch, "/identity", request);
  return decoded(decodeIdentityAnswer, answer);
}

/** The answer's text, or an IdentityError. */
async function ask(
  fetch: Fetch,
  path: string,
  body?: IdentityRequest,
): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, body === undefined ? GET : post(body));
    text = await response.text();
  } catch (cause) {
    throw new IdentityError("no-server", { cause });
  }
  if (response.ok) return text;
  const { status } = response;
  // Without a code of ours it was answered by the proxy, or by a failure.
  const code = status < 500 ? decodeHttpError(text)?.code : undefined;
  if (status === 401) throw new IdentityError("signed-out");
  if (code === undefined) throw new IdentityError("no-server");
  throw new IdentityError(code === "too-many-requests" ? code : "refused");
}

const GET: RequestInit = {
  headers: { accept: "application/json" },
  cache: "no-store",
};

function post(body: IdentityRequest): RequestInit {
  const type = "application/json";
  const headers = { accept: type, "content-type": type };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

function decoded<T>(decode: (text: string) => T, text: string): T {
  try {
    return decode(text);
  } catch (cause) {
    throw new IdentityError("refused", { cause });
  }
}
