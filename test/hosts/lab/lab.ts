import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import type { ForwarderReply, ForwarderRequest } from "./forwarderMessages.ts";
import { type HostRecord, type LabRecord, writeLabRecord } from "./labRecord.ts";
import { labServices } from "./labServices.ts";
import { labRunPath, repositoryPath } from "./paths.ts";
import { identifyProcess, type ProcessIdentity } from "./processIdentity.ts";
import { reap } from "./reap.ts";
import { removeHost, removeLab } from "./removeHost.ts";
import { mustRun } from "./runCommand.ts";

/**
 * One lab per test process: a network namespace with a bridge, where hosts are plugged in, and a child
 * that forwards from 127.0.0.1 of this machine into it. Opened by the first host, closed after the last.
 */
export class Lab {
  readonly id: string;
  readonly folder: string;
  readonly keyPath: string;
  readonly subnet: string;
  readonly netns: string;
  #forwarder: ChildProcess | undefined;
  #record: LabRecord;
  #nextHost = 0;
  #nextForward = 0;
  static #open: Promise<Lab> | undefined;
  static #users = 0;

  private constructor(owner: ProcessIdentity) {
    this.id = `${process.pid.toString(36)}${randomBytes(2).toString("hex")}`;
    this.folder = join(labRunPath(), this.id);
    this.keyPath = join(this.folder, "id_ed25519");
    this.subnet = `10.231.${process.pid % 250}`;
    this.netns = `cmlab-${this.id}`;
    this.#record = { id: this.id, owner, netns: this.netns, processes: [], hosts: [] };
  }

  /** The lab of this process; every call is paired with one `release`. */
  static async acquire(): Promise<Lab> {
    Lab.#users += 1;
    Lab.#open ??= Lab.#create();
    try {
      return await Lab.#open;
    } catch (error) {
      Lab.#open = undefined;
      Lab.#users -= 1;
      throw error;
    }
  }

  static async release(): Promise<void> {
    Lab.#users -= 1;
    if (Lab.#users > 0) return;
    const opened = Lab.#open;
    Lab.#open = undefined;
    if (opened !== undefined) await (await opened).#close();
  }

  /** Marks this process's lab as one that people started and will stop. */
  keep(): void {
    this.#save({ isKept: true });
  }

  static async #create(): Promise<Lab> {
    await reap();
    const owner = identifyProcess(process.pid);
    if (owner === undefined) throw new Error("this process is not in /proc");
    const lab = new Lab(owner);
    mkdirSync(lab.folder, { recursive: true, mode: 0o755 });
    lab.#save({});
    try {
      raiseInotifyLimits();
      await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", lab.keyPath]);
      await lab.#makeNetwork();
      await lab.#startForwarder();
    } catch (error) {
      await lab.#close();
      throw error;
    }
    return lab;
  }

  /** A number for a new host, unique in this lab; it also decides the host's address. */
  nextHostNumber(): number {
    this.#nextHost += 1;
    return this.#nextHost;
  }

  /** Writes down what a host has made so far. Replaces an earlier record of the same name. */
  remember(host: HostRecord): void {
    this.#save({ hosts: [...this.#record.hosts.filter((other) => other.name !== host.name), host] });
  }

  async forget(name: string): Promise<void> {
    for (const host of this.#record.hosts.filter((host) => host.name === name)) await removeHost(host);
    this.#save({ hosts: this.#record.hosts.filter((host) => host.name !== name) });
  }

  /** Opens a port on 127.0.0.1 of this machine that leads to a port of a host. */
  async forward(address: string, port: number): Promise<number> {
    const child = this.#forwarder;
    if (child === undefined) throw new Error("the lab is closed");
    const server = net.createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    const listening = server.address();
    if (listening === null || typeof listening === "string") throw new Error("no loopback port");
    this.#nextForward += 1;
    const id = this.#nextForward;
    const answered = this.#waitFor((reply) => reply.kind === "listening" && reply.id === id);
    const request: ForwarderRequest = { kind: "listen", id, address, port };
    child.send(request, server, { keepOpen: true });
    await answered;
    server.close();
    return listening.port;
  }

  async #makeNetwork(): Promise<void> {
    await mustRun(["ip", "netns", "add", this.netns]);
    const inside = async (...argv: readonly string[]): Promise<string> =>
      await mustRun(["ip", "-n", this.netns, ...argv]);
    await inside("link", "set", "lo", "up");
    await inside("link", "add", "br0", "type", "bridge");
    await inside("addr", "add", `${this.subnet}.1/24`, "dev", "br0");
    await inside("addr", "add", `${labServices.address}/32`, "dev", "br0");
    await inside("link", "set", "br0", "up");
  }

  async #startForwarder(): Promise<void> {
    // nsenter and not `ip netns exec`: the child stays in this machine's mount namespace, where a later reap works.
    const argv = [`--net=/run/netns/${this.netns}`, process.execPath, "--import", "tsx"];
    const child = spawn("nsenter", [...argv, join(import.meta.dirname, "forwarderChild.ts")], {
      cwd: repositoryPath,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#forwarder = child;
    child.setMaxListeners(100);
    const identity = identifyProcess(child.pid ?? 0);
    if (identity !== undefined) this.#save({ processes: [identity] });
    await this.#waitFor((reply) => reply.kind === "ready");
    // The child must not keep a test process alive that forgot to stop its hosts.
    child.unref();
    child.channel?.unref();
  }

  async #waitFor(isAnswer: (reply: ForwarderReply) => boolean): Promise<void> {
    const child = this.#forwarder;
    if (child === undefined) throw new Error("the lab is closed");
    child.channel?.ref();
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        child.off("message", onMessage);
        child.off("exit", onExit);
        child.channel?.unref();
      };
      const onMessage = (reply: ForwarderReply): void => {
        if (!isAnswer(reply)) return;
        stop();
        resolve();
      };
      const onExit = (code: number | null): void => {
        stop();
        reject(new Error(`the lab's forwarder ended with ${code}`));
      };
      child.on("message", onMessage);
      child.on("exit", onExit);
    });
  }

  async #close(): Promise<void> {
    const child = this.#forwarder;
    this.#forwarder = undefined;
    if (child?.connected === true && child.exitCode === null) {
      child.ref();
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.send({ kind: "close" } satisfies ForwarderRequest);
      await gone;
    }
    await removeLab(this.#record);
  }

  #save(change: Partial<LabRecord>): void {
    this.#record = { ...this.#record, ...change };
    writeLabRecord(this.#record);
  }
}

/** The default of 128 instances ends at about 20 systemd hosts, and starves an editor beside them. */
function raiseInotifyLimits(): void {
  for (const [name, wanted] of [
    ["max_user_instances", 4096],
    ["max_user_watches", 524_288],
  ] as const) {
    const path = `/proc/sys/fs/inotify/${name}`;
    try {
      if (Number(readFileSync(path, "latin1")) < wanted) writeFileSync(path, String(wanted));
    } catch {
      // A read-only /proc/sys: a few hosts still fit into the default.
    }
  }
}
