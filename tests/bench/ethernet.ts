/**
 * A bench over packets of Ethernet's size, in a network namespace of its own.
 * Loopback's packets have 64 KiB, and for such a connection Linux buffers 2.5 MB
 * before it says that nobody reads: 1,000 of them use up the memory that all TCP
 * of the machine shares, and then that is what is measured.
 * @module
 */

const PACKET_BYTES = 1500;
const MARK = "WEAPROUS_BENCH_ETHERNET";

/** Whether this process is inside. */
export function isOverEthernet(): boolean {
  return Deno.env.get(MARK) !== undefined;
}

/** Runs this same command inside; it takes root. */
export async function runOverEthernet(): Promise<void> {
  const script = `ip link set lo up mtu ${PACKET_BYTES} && exec "$@"`;
  const { success } = await new Deno.Command("unshare", {
    args: [
      ...["--net", "/bin/sh", "-c", script, "sh"],
      ...[Deno.execPath(), "run", "--allow-all", Deno.mainModule],
      ...Deno.args,
    ],
    env: { [MARK]: "1", PATH: `${Deno.env.get("PATH")}:/usr/sbin:/sbin` },
    stdin: "null",
  }).spawn().status;
  if (!success) throw new Error("The bench failed in its network namespace");
}
