/**
 * A real proxy with doors of every kind between raw sockets, and a certificate
 * for them.
 * @module
 */
import { ManualClock } from "../../lib/clock.ts";
import { parseConf } from "../../lib/conf/parse_conf.ts";
import { issueCertificate, newAuthority } from "../../lib/operator/local_ca.ts";
import type { Certificate } from "../../lib/proxy/certificate.ts";
import type { DoorKind } from "../../lib/proxy/doors.ts";
import type { ServiceOrder } from "../../lib/proxy/load_service.ts";
import { dialTcp } from "../../lib/proxy/server.ts";
import { LocalServing } from "../../lib/proxy/serving.ts";
import { seededRandom } from "../../lib/random.ts";
import { Backend, Wire } from "./rig.ts";

export const authority = await newAuthority("Test authority", Date.now());

/** A certificate of that authority. */
export async function certificateFor(...hosts: string[]): Promise<Certificate> {
  const now = Date.now();
  const { certificate, key } = await issueCertificate(hosts, {
    authority,
    now,
  });
  return { chain: certificate, key };
}

const certificate = await certificateFor("localhost", "127.0.0.1");

export interface DoorsRig {
  clock: ManualClock;
  serving: LocalServing;
  backend: Backend;
  second: Backend;
  lines: string[];
  /** The port of the first door of this kind. */
  portOf(kind: DoorKind): number;
  connect(): Promise<Wire>;
  connectTls(options?: Partial<Deno.ConnectTlsOptions>): Promise<Wire>;
  /** Hands the proxy another conf over the same doors. */
  reload(conf: string, changes?: Partial<ServiceOrder>): Promise<void>;
}

/** Runs `test` with a door of each of `kinds`; {first} and {second} are backends. */
export async function withDoors(
  { kinds, conf }: { kinds: DoorKind[]; conf: string },
  test: (rig: DoorsRig) => Promise<void>,
): Promise<void> {
  const backend = new Backend();
  const second = new Backend();
  const clock = new ManualClock();
  const lines: string[] = [];
  const wires: Wire[] = [];
  const serving = new LocalServing({
    clock,
    random: seededRandom(1),
    dial: dialTcp,
    log: (line) => void lines.push(line),
  });
  const hostname = "127.0.0.1";
  const confOf = (text: string) =>
    parseConf(
      text.replaceAll("{first}", String(backend.port))
        .replaceAll("{second}", String(second.port)),
    );
  const track = (conn: Deno.TcpConn | Deno.TlsConn) => {
    const wire = new Wire(conn);
    wires.push(wire);
    return wire;
  };
  const portOf = (kind: DoorKind) =>
    serving.addresses.find((door) => door.kind === kind)?.port ?? 0;
  await serving.prepare({
    conf: confOf(conf),
    doors: kinds.map((kind) => ({ hostname, port: 0, kind })),
    certificate,
  });
  serving.commit();
  const rig: DoorsRig = {
    clock,
    serving,
    backend,
    second,
    lines,
    portOf,
    connect: async () =>
      track(await Deno.connect({ hostname, port: portOf("plain") })),
    connectTls: async (options) =>
      track(
        await Deno.connectTls({
          hostname: "localhost",
          port: portOf("tls"),
          caCerts: [authority.certificate],
          ...options,
        }),
      ),
    async reload(text, changes) {
      const doors = serving.addresses;
      await serving.prepare({
        conf: confOf(text),
        doors,
        certificate,
        ...changes,
      });
      serving.commit();
    },
  };
  try {
    await test(rig);
  } finally {
    for (const wire of wires) wire.close();
    backend.close();
    second.close();
    await serving.stop(0);
  }
}
