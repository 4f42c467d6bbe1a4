import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { enterHost } from "./enterHost.ts";
import { hostCgroupPaths, makeHostCgroups, type HostCgroups } from "./hostCgroups.ts";
import { type HostKey, makeHostKeys } from "./hostKeys.ts";
import { Lab } from "./lab.ts";
import { findInit, launchHost } from "./launchHost.ts";
import type { HostRecord } from "./labRecord.ts";
import type { LabUserName } from "./labUsers.ts";
import { isAlive, killProcess, type ProcessIdentity } from "./processIdentity.ts";
import { readBanner } from "./readBanner.ts";
import { runSsh } from "./runSsh.ts";
import type { ExecOptions, LabHostOptions, SshOptions } from "./labHostOptions.ts";
import { ensureRootFileSystem, type LabSuite } from "./rootFileSystem.ts";
import { type CommandResult, mustRun, runCommand } from "./runCommand.ts";
import { seedHost } from "./seedHost.ts";

const bootTimeoutMs = 40_000;

/** A disposable machine with its own file system, processes, network and SSH server. Needs root. */
export class LabHost {
  /** Where SSH listens for this machine's clients. */
  readonly host = "127.0.0.1";
  readonly name: string;
  readonly suite: LabSuite;
  readonly init: "systemd" | "plain" | "mini";
  /** The host's own address, reachable from the lab's network only. */
  readonly address: string;
  /** The lab's end of the bridge; the fake pool and the download server are behind it (`labServices`). */
  readonly gateway: string;
  readonly #lab: Lab;
  readonly #root: string;
  readonly #folder: string;
  readonly #netns: string;
  readonly #cgroupName: string;
  readonly #forwards = new Map<number, Promise<number>>();
  #cgroups: HostCgroups = { paths: [], guardsDevices: false };
  #hostKeys: readonly HostKey[] = [];
  #processes: readonly ProcessIdentity[] = [];
  #initPid = 0;
  #port = 0;
  #isStopped = false;

  private constructor(lab: Lab, root: string, options: LabHostOptions) {
    const number = lab.nextHostNumber();
    this.#lab = lab;
    this.#root = root;
    this.name = options.name ?? `${options.suite}${number}`;
    this.suite = options.suite;
    this.init = options.suite === "mini" ? "mini" : (options.init ?? "systemd");
    this.address = `${lab.subnet}.${10 + number}`;
    this.gateway = `${lab.subnet}.1`;
    this.#cgroupName = `${lab.netns}-${number}`;
    this.#netns = this.#cgroupName;
    this.#folder = join(lab.folder, String(number));
  }

  /** Boots a host and waits until it answers SSH. A failed start leaves nothing behind. */
  static async start(options: LabHostOptions): Promise<LabHost> {
    const root = await ensureRootFileSystem(options.suite);
    const lab = await Lab.acquire();
    const host = new LabHost(lab, root, options);
    try {
      await host.#boot(options);
      return host;
    } catch (error) {
      const log = host.#readConsole();
      await host.stop();
      throw new Error(`lab host ${host.name} did not start; its console says: ${log}`, { cause: error });
    }
  }

  /** Ends every process of the host and removes all it made. Calling it again does nothing. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#lab.forget(this.name);
    await Lab.release();
  }

  /** SSH on 127.0.0.1. */
  get port(): number {
    return this.#port;
  }

  /** PID 1 of the host, as this machine counts. */
  get initPid(): number {
    return this.#initPid;
  }

  /** Private key that every user of the host accepts. */
  get keyPath(): string {
    return this.#lab.keyPath;
  }

  get hostKeys(): readonly HostKey[] {
    return this.#hostKeys;
  }

  /** The netns name and the cgroup folders, for tests that look for leftovers. */
  get traces(): { readonly netns: string; readonly cgroups: readonly string[]; readonly folder: string } {
    return { netns: this.#netns, cgroups: this.#cgroups.paths, folder: this.#folder };
  }

  /** One line per host key, as known_hosts has it for `[127.0.0.1]:PORT`. */
  get knownHosts(): string {
    return this.#hostKeys.map((key) => `[${this.host}]:${this.#port} ${key.type} ${key.base64}\n`).join("");
  }

  /** A connection to a port of the host; also for ssh2's `sock`. */
  async connectSocket(port = 22): Promise<net.Socket> {
    const loopbackPort = await this.forward(port);
    return await new Promise((resolve, reject) => {
      const socket = net.connect({ host: this.host, port: loopbackPort, noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(socket);
      });
    });
  }

  /** A port on 127.0.0.1 that leads to a port of the host; it is accepted even when nothing listens there. */
  async forward(port: number): Promise<number> {
    const known = this.#forwards.get(port);
    if (known !== undefined) return await known;
    const opened = this.#lab.forward(this.address, port);
    this.#forwards.set(port, opened);
    return await opened;
  }

  /** Runs a script (string, by /bin/sh) or an argv as root in the host, beside its sessions. */
  async exec(command: string | readonly string[], options: ExecOptions = {}): Promise<CommandResult> {
    const argv = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
    const enter = enterHost({ cgroups: this.#cgroups.paths, initPid: this.#initPid }, argv);
    return await runCommand(enter.argv, {
      timeoutMs: options.timeoutMs ?? 60_000,
      env: { ...enter.env, ...options.env },
      encoding: options.encoding ?? "utf8",
      ...(options.input === undefined ? {} : { input: options.input }),
    });
  }

  /** As exec, but rejects when the command fails; returns its stdout. */
  async mustExec(command: string | readonly string[], options: ExecOptions = {}): Promise<string> {
    const result = await this.exec(command, options);
    if (result.code === 0) return result.stdout;
    throw new Error(`in ${this.name}: ${String(command)} ended with ${result.code}: ${result.stderr}`);
  }

  /** Runs a command in a real SSH session of this user, host key checked. */
  async ssh(user: LabUserName, command: string, options: SshOptions = {}): Promise<CommandResult> {
    const target = { host: this.host, port: this.#port, user, keyPath: this.keyPath, folder: this.#folder };
    return await runSsh({ ...target, knownHosts: options.knownHosts ?? this.knownHosts }, command, options);
  }

  /** The bytes of a file of the host; rejects when it cannot be read. */
  async readFile(path: string): Promise<Buffer> {
    return Buffer.from(await this.mustExec(["cat", path], { encoding: "latin1" }), "latin1");
  }

  /** Writes a file of the host; its folder is made when missing. */
  async writeFile(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1"';
    await this.mustExec(["/bin/sh", "-c", script, "write", path, mode.toString(8)], { input: content });
  }

  /** What the host's SSH server logged since its start. */
  async sshdLog(): Promise<string> {
    if (this.init === "systemd") return await this.mustExec("journalctl --no-pager -o cat -u ssh.service");
    return await this.mustExec("cat /var/log/sshd.log");
  }

  /** Gives the host new keys and makes its SSH server use them, as after a re-installation. */
  async swapHostKey(): Promise<void> {
    const folder = join(this.#folder, "newKeys");
    mkdirSync(folder, { recursive: true });
    const keys = await makeHostKeys(folder);
    for (const type of ["ed25519", "ecdsa"]) {
      const name = `ssh_host_${type}_key`;
      await this.writeFile(`/etc/ssh/${name}`, readFileSync(join(folder, name)), 0o600);
      await this.writeFile(`/etc/ssh/${name}.pub`, readFileSync(join(folder, `${name}.pub`)));
    }
    await this.mustExec(reloadCommands[this.init]);
    this.#hostKeys = keys;
    // The old listener may still answer for a moment.
    const deadline = Date.now() + bootTimeoutMs;
    while (!(await this.#showsKey(keys))) {
      if (Date.now() > deadline) throw new Error("the SSH server does not show its new key");
      await sleep(60);
    }
  }

  /** Cuts the power (no process gets a signal to tidy up) and boots again, from the same disk. */
  async powerCycle(): Promise<void> {
    const [init] = this.#processes;
    if (init !== undefined) killProcess(init);
    while (this.#processes.some(isAlive)) await sleep(20);
    rmSync(join(this.#folder, "seed"), { recursive: true, force: true });
    await this.#launch();
    await this.#waitUntilUp();
  }

  /** Pulls or plugs the host's network cable: packets are lost without a word, connections stay open. */
  async setCable(state: "pulled" | "plugged"): Promise<void> {
    await mustRun(["ip", "-n", this.#lab.netns, "link", "set", this.#cable, state === "pulled" ? "down" : "up"]);
  }

  async #boot(options: LabHostOptions): Promise<void> {
    for (const part of ["upper", "work", "mount", "seed"]) mkdirSync(join(this.#folder, part), { recursive: true });
    this.#cgroups = { paths: hostCgroupPaths(this.#cgroupName), guardsDevices: false };
    this.#remember();
    this.#hostKeys = await seedHost(join(this.#folder, "seed"), {
      name: this.name,
      address: this.address,
      suite: this.suite,
      authorizedKeys: [readFileSync(`${this.#lab.keyPath}.pub`, "utf8"), options.authorizedKey ?? ""],
      sshdConfig: options.sshdConfig ?? "",
    });
    this.#cgroups = makeHostCgroups(this.#cgroupName);
    await this.#plugIn();
    await this.#launch();
    this.#port = await this.forward(22);
    this.#remember();
    await this.#waitUntilUp();
  }

  async #waitUntilUp(): Promise<void> {
    const deadline = Date.now() + bootTimeoutMs;
    await this.#waitForBanner(deadline);
    if (this.init === "systemd") await this.#waitForSystemd(deadline);
  }

  /** The lab's end of the cable. */
  get #cable(): string {
    return `v${this.address.split(".").at(-1)}`;
  }

  async #plugIn(): Promise<void> {
    const inLab = ["ip", "-n", this.#lab.netns, "link"];
    const inHost = ["ip", "-n", this.#netns];
    await mustRun(["ip", "netns", "add", this.#netns]);
    await mustRun([...inHost, "link", "set", "lo", "up"]);
    await mustRun([...inLab, "add", this.#cable, "type", "veth", "peer", "name", "eth0", "netns", this.#netns]);
    await mustRun([...inLab, "set", this.#cable, "master", "br0", "up"]);
    await mustRun([...inHost, "addr", "add", `${this.address}/24`, "dev", "eth0"]);
    await mustRun([...inHost, "link", "set", "eth0", "up"]);
    await mustRun([...inHost, "route", "add", "default", "via", this.gateway]);
  }

  async #launch(): Promise<void> {
    const launch = {
      name: this.name,
      root: this.#root,
      folder: this.#folder,
      netns: this.#netns,
      init: this.init,
      cgroups: this.#cgroups,
    };
    const launcher = launchHost(launch);
    this.#processes = [launcher];
    this.#remember();
    const init = await findInit(launcher);
    this.#initPid = init.pid;
    this.#processes = [init, launcher];
    this.#remember();
  }

  async #waitForBanner(deadline: number): Promise<void> {
    for (;;) {
      const banner = await readBanner(this.host, this.#port);
      if (banner.startsWith("SSH-")) return;
      if (Date.now() > deadline) throw new Error(`no SSH banner on port ${this.#port}`);
      if (!existsSync(`/proc/${this.#initPid}`)) throw new Error("PID 1 of the host has ended");
      await sleep(60);
    }
  }

  async #showsKey(keys: readonly HostKey[]): Promise<boolean> {
    const scan = await runCommand(["ssh-keyscan", "-t", "ed25519", "-p", String(this.#port), this.host]);
    return keys.some((key) => scan.stdout.includes(key.base64));
  }

  /** Until user sessions are allowed, pam_nologin turns everybody but root away. */
  async #waitForSystemd(deadline: number): Promise<void> {
    for (;;) {
      const { stdout } = await this.exec(["systemctl", "is-system-running"]);
      if (/^(running|degraded)/.test(stdout)) return;
      if (Date.now() > deadline) throw new Error(`systemd is still ${stdout.trim()}`);
      await sleep(100);
    }
  }

  #readConsole(): string {
    const path = join(this.#folder, "console.log");
    return existsSync(path) ? readFileSync(path, "utf8").slice(-2000) : "nothing";
  }

  #remember(): void {
    const record: HostRecord = {
      name: this.name,
      suite: this.suite,
      address: this.address,
      port: this.#port,
      netns: this.#netns,
      cgroups: this.#cgroups.paths,
      folder: this.#folder,
      processes: this.#processes,
      initPid: this.#initPid,
    };
    this.#lab.remember(record);
  }
}

/** A running session keeps its connection; only new ones see the new key. */
const reloadCommands: Readonly<Record<LabHost["init"], string>> = {
  systemd: "systemctl reload ssh.service",
  plain: "kill -HUP 1",
  mini: "/sbin/reload",
};
