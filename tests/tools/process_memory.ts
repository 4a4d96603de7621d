/**
 * What a process takes of memory, as Linux tells it. Read by a program of its
 * own: Deno opens /proc to nobody but those who may do everything.
 * @module
 */

/** `VmRSS` is what it holds just now, `VmHWM` the most it ever held. */
export type MemoryField = "VmRSS" | "VmHWM";

/** In KiB; throws where there is no such process. */
export function processKib(pid: number, field: MemoryField): number {
  const { stdout } = new Deno.Command("cat", {
    args: [`/proc/${pid}/status`],
  }).outputSync();
  const status = new TextDecoder().decode(stdout);
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  if (kib === undefined) {
    throw new Error(`No process ${pid} tells its ${field}`);
  }
  return Number(kib);
}
