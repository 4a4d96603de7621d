/**
 * A small network on one machine: hosts that are network namespaces of Linux,
 * each with one address, and a switch between them that this machine is on as
 * well. A host's way can be cut, its address changed, its UDP lost. It takes
 * root, `ip` and `nft`.
 * @module
 */
import { TestProcess } from "./test_process.ts";

const IP = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"];
const NFT = ["/usr/sbin/nft", "/usr/bin/nft"];
const PREFIX = "weaplab";
const SERVER = "10.77.0.1";
/** The interface of a host. */
const PORT = "eth0";

function firstOf(paths: string[]): string | undefined {
  return paths.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  });
}

function run(command: string, args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args }).outputSync();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim();
  throw new Error(`${command} ${args.join(" ")}: ${said}`);
}

function ip(...words: string[]): void {
  const command = firstOf(IP);
  if (command === undefined) throw new Error("Missing: ip");
  run(command, words);
}

/** Why there can be no such network here; undefined where there can. */
export function missingForNetLab(): string | undefined {
  if (firstOf(IP) === undefined) return "ip (iproute2) is not installed";
  if (firstOf(NFT) === undefined) return "nft (nftables) is not installed";
  if (Deno.uid() !== 0) return "network namespaces take root";
  const probe = `${PREFIX}-probe`;
  try {
    ip("netns", "add", probe);
    ip("netns", "delete", probe);
  } catch (error) {
    return `no network namespaces: ${error}`;
  }
  return undefined;
}

/** Of a run that was ended before it could tidy up. */
function removeLeftovers(): void {
  const { stdout } = new Deno.Command(firstOf(IP) ?? "ip", {
    args: ["netns", "list"],
  }).outputSync();
  const names = new TextDecoder().decode(stdout).matchAll(/^\S+/gm);
  for (const [name] of names) {
    if (name.startsWith(`${PREFIX}-`)) ip("netns", "delete", name);
  }
  const links = Deno.networkInterfaces().map(({ name }) => name);
  if (links.includes(PREFIX)) ip("link", "delete", PREFIX);
}

export class NetLab implements Disposable {
  /** Where this machine is on it. */
  readonly address = SERVER;
  readonly #switch = `${PREFIX}-switch`;
  readonly #hosts: LabHost[] = [];

  constructor() {
    removeLeftovers();
    ip("netns", "add", this.#switch);
    const lan = ["-n", this.#switch, "link"];
    ip(...lan, "add", "lan", "type", "bridge");
    ip(...lan, "set", "dev", "lan", "up");
    ip("link", "add", PREFIX, "type", "veth", "peer", "name", "server");
    ip("link", "set", "dev", "server", "netns", this.#switch);
    ip(...lan, "set", "dev", "server", "master", "lan", "up");
    ip("address", "add", `${this.address}/24`, "dev", PREFIX);
    ip("link", "set", "dev", PREFIX, "up");
  }

  /** One more machine on the network. */
  addHost(): LabHost {
    const number = this.#hosts.length + 11;
    const host = new LabHost(`${PREFIX}-${number}`, this.#switch, number);
    this.#hosts.push(host);
    return host;
  }

  [Symbol.dispose](): void {
    for (const host of this.#hosts) host[Symbol.dispose]();
    ip("link", "delete", PREFIX);
    ip("netns", "delete", this.#switch);
  }
}

export class LabHost implements Disposable {
  readonly #name: string;
  readonly #scripts: string[] = [];
  #number: number;

  constructor(name: string, lan: string, number: number) {
    this.#name = name;
    this.#number = number;
    const port = `port${number}`;
    ip("netns", "add", name);
    this.#ip("link", "set", "dev", "lo", "up");
    ip("link", "add", port, "type", "veth", "peer", "name", `host${number}`);
    ip("link", "set", "dev", port, "netns", lan);
    ip("link", "set", "dev", `host${number}`, "netns", name);
    this.#ip("link", "set", "dev", `host${number}`, "name", PORT);
    ip("-n", lan, "link", "set", "dev", port, "master", "lan", "up");
    this.#ip("address", "add", this.#address, "dev", PORT);
    this.#ip("link", "set", "dev", PORT, "up");
    this.#addRoute();
  }

  get #address(): string {
    return `10.77.0.${this.#number}/24`;
  }

  /** Nothing comes in or goes out any more, and nobody is told. */
  cut(): void {
    this.#drop("meta l4proto { tcp, udp, icmp }");
  }

  /** What WebRTC needs is lost; the way to the server works. */
  dropUdp(): void {
    this.#drop("meta l4proto udp");
  }

  mend(): void {
    this.#nft("delete table inet lab");
  }

  /** As with another Wi-Fi: the old address is gone. */
  changeAddress(): void {
    this.#ip("address", "delete", this.#address, "dev", PORT);
    this.#number += 100;
    this.#ip("address", "add", this.#address, "dev", PORT);
    this.#addRoute();
  }

  /** As a laptop that is closed: nothing on it runs any more. */
  sleep(): void {
    for (const pid of this.#pids()) Deno.kill(pid, "SIGSTOP");
  }

  wake(): void {
    for (const pid of this.#pids()) Deno.kill(pid, "SIGCONT");
  }

  /** `deno <args>` on that host. */
  process(args: string[], env: Record<string, string> = {}): TestProcess {
    const words = ["netns", "exec", this.#name, Deno.execPath(), ...args];
    return new TestProcess(words, env, { command: firstOf(IP) ?? "ip" });
  }

  /** A script that runs `executable` on that host. */
  wrapper(executable: string): string {
    const path = Deno.makeTempFileSync({ prefix: this.#name });
    const line = `exec ${firstOf(IP)} netns exec ${this.#name} ${executable}`;
    Deno.writeTextFileSync(path, `#!/bin/sh\n${line} "$@"\n`);
    Deno.chmodSync(path, 0o700);
    this.#scripts.push(path);
    return path;
  }

  [Symbol.dispose](): void {
    this.wake();
    ip("netns", "delete", this.#name);
    for (const path of this.#scripts) Deno.removeSync(path);
  }

  /** Chromium gathers the address that leads out, and no other. */
  #addRoute(): void {
    this.#ip("route", "replace", "default", "via", SERVER);
  }

  #pids(): number[] {
    const { stdout } = new Deno.Command(firstOf(IP) ?? "ip", {
      args: ["netns", "pids", this.#name],
    }).outputSync();
    return new TextDecoder().decode(stdout).split("\n").filter(Boolean)
      .map(Number);
  }

  #drop(what: string): void {
    const chain = (hook: string, key: string) => [
      `chain ${hook} {`,
      `type filter hook ${hook} priority 0`,
      `${key} ${PORT} ${what} drop`,
      "}",
    ];
    const chains = [
      ...chain("input", "iifname"),
      ...chain("output", "oifname"),
    ];
    this.#nft(["table inet lab {", ...chains, "}"].join("\n"));
  }

  #nft(rules: string): void {
    ip("netns", "exec", this.#name, firstOf(NFT) ?? "nft", rules);
  }

  #ip(...words: string[]): void {
    ip("-n", this.#name, ...words);
  }
}
