/**
 * Programs that a bench compares with: from Debian's packages, installed where
 * they are missing and that can be done without asking.
 * @module
 */

const PACKAGES: Record<string, string> = {
  nginx: "nginx-light",
  haproxy: "haproxy",
  caddy: "caddy",
  wrk: "wrk",
  slowhttptest: "slowhttptest",
  taskset: "util-linux",
  unshare: "util-linux",
  ip: "iproute2",
};

/** What of `programs` is not on this machine. */
async function absent(programs: readonly string[]): Promise<string[]> {
  const found = await Promise.all(programs.map(async (program) => {
    const { success } = await new Deno.Command("/bin/sh", {
      args: ["-c", `PATH=$PATH:/usr/sbin command -v ${program}`],
      stdout: "null",
    }).output();
    return success;
  }));
  return programs.filter((_, index) => !found[index]);
}

/** Installs what is missing of `programs`, or throws with what to do. */
export async function requirePrograms(
  programs: readonly string[],
): Promise<void> {
  const missing = await absent(programs);
  if (missing.length === 0) return;
  const packages = missing.map((program) => PACKAGES[program] ?? program);
  const command = `apt-get install --yes --no-install-recommends ${
    packages.join(" ")
  }`;
  if (Deno.uid() === 0) {
    await new Deno.Command("/bin/sh", {
      args: ["-c", `apt-get update && ${command}`],
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
      stdout: "null",
    }).output();
  }
  const still = await absent(programs);
  if (still.length === 0) return;
  throw new Error(`Missing: ${still.join(", ")}. Install with: ${command}`);
}
