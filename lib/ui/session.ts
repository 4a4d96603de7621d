/**
 * Whose session this page has, as the backend answers. The one question that
 * the pages ask over HTTP.
 * @module
 */
import { isUserName } from "../wire/names.ts";

/**
 * The session's user; undefined where nobody is logged in. Rejects where the
 * server does not answer, or with something else than a user.
 */
export async function fetchUser(
  get: typeof fetch,
): Promise<string | undefined> {
  const response = await get("/me", {
    headers: { accept: "application/json" },
    cache: "no-store",
  });
  if (response.status === 401) return undefined;
  const body: unknown = response.ok ? await response.json() : undefined;
  const user = typeof body === "object" && body !== null && "username" in body
    ? body.username
    : undefined;
  if (!isUserName(user)) {
    throw new TypeError(`Cannot read /me: status ${response.status}`);
  }
  return user;
}
