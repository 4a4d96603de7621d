/**
 * The project's lint plugin: which folder may import which, and that time and
 * chance reach lib/ only through its two seam files. It knows paths, not types.
 * @module
 */

/** Folder or file of lib/ -> what it may import besides itself. */
const MAY_IMPORT: Record<string, string[]> = {
  "clock.ts": [],
  "random.ts": [],
  "forwarded.ts": [],
  "request_origin.ts": ["forwarded.ts"],
  "module_imports.ts": [],
  "certificate_hosts.ts": [],
  "token_bucket.ts": [],
  conf: [],
  wire: [],
  http1: [],
  mesh: ["wire", "clock.ts", "random.ts", "token_bucket.ts"],
  ui: ["mesh", "wire", "clock.ts", "random.ts"],
  // Of service what a command needs: flags, passwords typed unseen, failures.
  cli: ["mesh", "wire", "service", "clock.ts", "random.ts"],
  auth: [
    "wire",
    "clock.ts",
    "random.ts",
    "forwarded.ts",
    "request_origin.ts",
    "token_bucket.ts",
  ],
  site: [
    "wire",
    "clock.ts",
    "forwarded.ts",
    "request_origin.ts",
    "module_imports.ts",
  ],
  tracker: [
    "wire",
    "clock.ts",
    "random.ts",
    "forwarded.ts",
    "request_origin.ts",
    "token_bucket.ts",
  ],
  proxy: [
    "conf",
    "http1",
    // Of it what a command needs: flags, and how a failure is told.
    "service",
    "clock.ts",
    "random.ts",
    "token_bucket.ts",
    "forwarded.ts",
  ],
  service: ["wire", "clock.ts", "forwarded.ts"],
  // Commands of their own: flags, and how a failure is told. Of conf it needs
  // the files that the proxy's process gets permission for.
  supervisor: ["conf", "service", "clock.ts", "certificate_hosts.ts"],
  build: ["service", "module_imports.ts"],
  // Its commands work on the accounts themselves, as the backend does.
  operator: ["auth", "service", "clock.ts", "certificate_hosts.ts"],
};

/** The files that may ask the machine for the time or for chance. */
const SEAM_FILES = ["lib/clock.ts", "lib/random.ts"];

const AMBIENT_CALLS = new Set([
  "Date.now",
  "performance.now",
  "Math.random",
  "setTimeout",
  "setInterval",
  "globalThis.setTimeout",
  "globalThis.setInterval",
]);

/** `…/lib/proxy/pool.ts` -> `lib/proxy/pool.ts`; undefined outside lib/. */
function libPath(filename: string): string | undefined {
  const path = filename.replaceAll("\\", "/");
  const at = path.lastIndexOf("/lib/");
  if (at === -1 || path.includes("/tests/")) return undefined;
  return path.slice(at + 1);
}

/** The name under which MAY_IMPORT lists a file of lib/. */
function layerOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function resolveImport(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** Why `from` may not import `specifier`, or undefined where it may. */
export function importFault(
  from: string,
  specifier: string,
): string | undefined {
  if (/^(npm|jsr|https?):/.test(specifier)) {
    return `Import "${specifier}" under its bare name from deno.json's import map`;
  }
  if (!specifier.startsWith(".")) return undefined;
  const target = resolveImport(from, specifier);
  if (!target.startsWith("lib/")) {
    return `lib/ must not import "${target}": entry scripts join the parts`;
  }
  const own = layerOf(from);
  const other = layerOf(target);
  const file = target.split("/").at(-1) ?? "";
  const sameFolder = target.split("/").slice(0, -1).join("/") ===
    from.split("/").slice(0, -1).join("/");
  if (file.startsWith("_") && !sameFolder) {
    return `"${target}" is private to its folder`;
  }
  if (own === other) return undefined;
  const allowed = MAY_IMPORT[own];
  if (allowed === undefined) {
    return `lib/${own} is not in the table of layers: add it to MAY_IMPORT with a reason`;
  }
  if (allowed.includes(other)) return undefined;
  return `lib/${own} may import ${
    allowed.join(", ") || "nothing"
  }, not lib/${other}`;
}

/** The dotted name of a called thing: `Date.now`, `setTimeout`. */
function calleeName(callee: Deno.lint.Expression): string {
  if (callee.type === "Identifier") return callee.name;
  if (
    callee.type === "MemberExpression" && callee.object.type === "Identifier" &&
    callee.property.type === "Identifier"
  ) {
    return `${callee.object.name}.${callee.property.name}`;
  }
  return "";
}

const plugin: Deno.lint.Plugin = {
  name: "layers",
  rules: {
    "import-direction": {
      create(context) {
        const from = libPath(context.filename);
        if (from === undefined) return {};
        const check = (
          node: Deno.lint.Node,
          source: { value: unknown } | null | undefined,
        ) => {
          if (typeof source?.value !== "string") return;
          const fault = importFault(from, source.value);
          if (fault !== undefined) context.report({ node, message: fault });
        };
        return {
          ImportDeclaration: (node) => check(node, node.source),
          ExportNamedDeclaration: (node) => check(node, node.source),
          ExportAllDeclaration: (node) => check(node, node.source),
          ImportExpression(node) {
            if (node.source.type === "Literal") check(node, node.source);
          },
        };
      },
    },
    "no-ambient-time": {
      create(context) {
        const from = libPath(context.filename);
        if (from === undefined || SEAM_FILES.includes(from)) return {};
        return {
          CallExpression(node) {
            const name = calleeName(node.callee);
            if (!AMBIENT_CALLS.has(name)) return;
            context.report({
              node,
              message:
                `Take a clock or random as an argument instead of calling ${name}`,
            });
          },
          NewExpression(node) {
            if (calleeName(node.callee) !== "Date") return;
            if (node.arguments.length > 0) return;
            context.report({
              node,
              message: "Take a clock as an argument instead of new Date()",
            });
          },
        };
      },
    },
  },
};

export default plugin;
