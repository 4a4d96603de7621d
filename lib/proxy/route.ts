/**
 * Finds the location for a request: the host's block first, then the longest
 * prefix in it. Pure. A host that no block names gets nothing, never another
 * host's backend.
 * @module
 */

/** What the router needs of a host's block. */
export interface RoutedHost<L> {
  /** `name`, `name:port`, `*.name`, `*.name:port` or `*`, in lower case. */
  pattern: string;
  locations: readonly L[];
}

/** What the router needs of a location. */
export interface RoutedLocation {
  prefix: string;
}

/** Host and path -> location. */
export class Router<L extends RoutedLocation> {
  /** By pattern, each with its longest prefix first. */
  readonly #hosts = new Map<string, L[]>();
  readonly #hasWildcards: boolean;

  constructor(hosts: readonly RoutedHost<L>[]) {
    for (const { pattern, locations } of hosts) {
      const sorted = [...locations].sort((a, b) =>
        b.prefix.length - a.prefix.length
      );
      this.#hosts.set(pattern, sorted);
    }
    this.#hasWildcards = hosts.some(({ pattern }) => pattern.startsWith("*."));
  }

  /** `host` is the request's authority in lower case, `path` a clean one. */
  find(host: string, path: string): L | undefined {
    for (const location of this.#locationsOf(host) ?? []) {
      if (isUnder(path, location.prefix)) return location;
    }
    return undefined;
  }

  #locationsOf(host: string): L[] | undefined {
    const exact = this.#hosts.get(host);
    if (exact !== undefined) return exact;
    const colon = host.lastIndexOf(":");
    const hasPort = colon > host.lastIndexOf("]");
    const port = hasPort ? host.slice(colon) : "";
    let name = hasPort ? host.slice(0, colon) : host;
    if (name.endsWith(".")) name = name.slice(0, -1);
    return this.#hosts.get(name + port) ?? this.#hosts.get(name) ??
      this.#wildcard(name, port) ?? this.#hosts.get("*");
  }

  /** `*.b.c` before `*.c`. */
  #wildcard(name: string, port: string): L[] | undefined {
    if (!this.#hasWildcards) return undefined;
    for (
      let dot = name.indexOf(".");
      dot !== -1;
      dot = name.indexOf(".", dot + 1)
    ) {
      const pattern = `*${name.slice(dot)}`;
      const found = this.#hosts.get(pattern + port) ?? this.#hosts.get(pattern);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** `/api` holds /api and /api/x, not /apix; `/api/` holds only what is below. */
function isUnder(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return path.length === prefix.length || prefix.endsWith("/") ||
    path[prefix.length] === "/";
}

/** Nothing in such a path can mean another than it says. */
const PLAIN_PATH = /^(?!.*(?:%|\/\/|\/\.))/;

/**
 * The path that a target means, for choosing its location: percent-decoded, dot
 * segments resolved, slashes merged. Undefined where it leaves the root. What is
 * forwarded stays as it was sent.
 */
export function cleanPath(target: string): string | undefined {
  const query = target.indexOf("?");
  const path = query === -1 ? target : target.slice(0, query);
  if (PLAIN_PATH.test(path)) return path;
  const decoded = path.replace(
    /%([0-9a-f]{2})/gi,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 16)),
  );
  const kept: string[] = [];
  const segments = decoded.split("/");
  for (const segment of segments) {
    if (segment === "..") {
      if (kept.pop() === undefined) return undefined;
    } else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  const isFolder = ["", ".", ".."].includes(segments.at(-1) ?? "");
  return `/${kept.join("/")}${isFolder && kept.length > 0 ? "/" : ""}`;
}

/** `/api/login?x` without its prefix `/api` or `/api/`: `/login?x`. */
export function stripPrefix(target: string, prefix: string): string {
  const rest = target.slice(prefix.replace(/\/$/, "").length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
