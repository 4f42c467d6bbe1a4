import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const sshdPath = "/usr/sbin/sshd";

export interface LoopbackSshdOptions {
  /** Further lines of sshd_config. */
  readonly config?: readonly string[];
  /** Types of the host keys, as `ssh-keygen -t` names them. Default: ed25519. */
  readonly hostKeyTypes?: readonly string[];
  readonly name?: string;
}

/** Why a real sshd cannot run here; undefined when it can. */
export function sshdMissing(): string | undefined {
  if (process.platform !== "linux") return "sshd on loopback needs Linux";
  if (process.getuid?.() !== 0) return "sshd on loopback needs root, to log in without PAM";
  if (existsSync(sshdPath)) return undefined;
  try {
    execFileSync("apt-get", ["install", "-y", "-q", "openssh-server"], { stdio: "ignore", timeout: 180_000 });
  } catch {
    // The check below says it.
  }
  return existsSync(sshdPath) ? undefined : `${sshdPath} is missing: apt-get install openssh-server`;
}

/**
 * A real sshd on a port of its own, with its own keys and configuration in a temporary
 * folder. It is started and stopped by its pid, and nothing outside the folder is touched.
 */
export class LoopbackSshd {
  readonly folder: string;
  readonly port: number;
  readonly userKeyPath: string;
  readonly logPath: string;
  readonly #config: readonly string[];
  #keyPaths: readonly string[];
  #server: ChildProcess | undefined;
  #generation = 0;

  private constructor(folder: string, port: number, keyPaths: readonly string[], config: readonly string[]) {
    this.folder = folder;
    this.port = port;
    this.userKeyPath = join(folder, "user_key");
    this.logPath = join(folder, "sshd.log");
    this.#keyPaths = keyPaths;
    this.#config = config;
  }

  static async start(options: LoopbackSshdOptions = {}): Promise<LoopbackSshd> {
    const folder = mkdtempSync(join(tmpdir(), `loopback-sshd-${options.name ?? "host"}-`));
    const keyPaths = (options.hostKeyTypes ?? ["ed25519"]).map((type) => newKey(folder, `host_${type}`, type));
    newKey(folder, "user_key", "ed25519");
    writeFileSync(join(folder, "authorized_keys"), readFileSync(join(folder, "user_key.pub")));
    const sshd = new LoopbackSshd(folder, await freePort(), keyPaths, options.config ?? []);
    await sshd.#launch();
    return sshd;
  }

  /** The pid of the listener. */
  get pid(): number {
    const pid = this.#server?.pid;
    if (pid === undefined) throw new Error("sshd is not running.");
    return pid;
  }

  /** Everything that sshd logged since the start, at level VERBOSE. */
  log(): string {
    return existsSync(this.logPath) ? readFileSync(this.logPath, "utf8") : "";
  }

  /** Login attempts in the log: failed, postponed and accepted ones. */
  authAttempts(): number {
    return this.log().match(/(?:Failed|Accepted|Postponed|Partial) \S+ for/g)?.length ?? 0;
  }

  /** The public host key of a type as `type base64`. */
  hostKey(type = "ed25519"): string {
    const path = this.#keyPaths.find((path) => path.endsWith(`host_${type}`) || path.includes(`host_${type}.`));
    if (path === undefined) throw new Error(`No host key of type ${type}.`);
    return readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
  }

  /** The line for known_hosts. */
  knownHostsLine(type = "ed25519"): string {
    return `[127.0.0.1]:${this.port} ${this.hostKey(type)}\n`;
  }

  /** Restarts sshd on the same port with new host keys. */
  async swapHostKey(types: readonly string[] = ["ed25519"]): Promise<void> {
    await this.#end();
    this.#generation += 1;
    this.#keyPaths = types.map((type) => newKey(this.folder, `host_${type}.${this.#generation}`, type));
    await this.#launch();
  }

  /** Stops sshd and its sessions, and removes the folder. */
  async stop(): Promise<void> {
    await this.#end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #launch(): Promise<void> {
    mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    const configPath = join(this.folder, "sshd_config");
    writeFileSync(
      configPath,
      [
        "ListenAddress 127.0.0.1",
        `Port ${this.port}`,
        ...this.#keyPaths.map((path) => `HostKey ${path}`),
        `PidFile ${join(this.folder, "sshd.pid")}`,
        `AuthorizedKeysFile ${join(this.folder, "authorized_keys")}`,
        "LogLevel VERBOSE",
        "PermitRootLogin yes",
        "StrictModes no",
        ...this.#config,
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "",
      ].join("\n"),
    );
    const server = spawn(sshdPath, ["-D", "-f", configPath, "-E", this.logPath], { stdio: "ignore" });
    this.#server = server;
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if (server.exitCode !== null) throw new Error(`sshd ended at once: ${this.log()}`);
      if (await answers(this.port)) return;
      await delay(50);
    }
    throw new Error(`sshd does not listen: ${this.log()}`);
  }

  async #end(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server?.pid === undefined) return;
    for (const child of childrenOf(server.pid)) signalPid(child, "SIGKILL");
    if (server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await ended;
  }
}

/** Makes a key pair without a passphrase; returns the path of the private half. */
export function newKey(folder: string, name: string, type: string, extra: readonly string[] = ["-N", ""]): string {
  const path = join(folder, name);
  const size = type === "rsa" ? ["-b", "2048"] : [];
  execFileSync("ssh-keygen", ["-q", "-t", type, ...size, "-f", path, "-C", name, ...extra], { stdio: "ignore" });
  return path;
}

/** A loopback port that nobody listens on. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
    socket.setTimeout(500, () => {
      socket.destroy();
      resolve(false);
    });
  });
}

/** The sessions that a listener forked, by pid. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter((text) => text !== "")
      .flatMap((text) => [Number(text), ...childrenOf(Number(text))]);
  } catch {
    return [];
  }
}

function signalPid(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
