import { readFileSync } from "node:fs";
import type { LabHost } from "../lab/labHost.ts";
import { labServices } from "../lab/labServices.ts";
import type { LabUserName } from "../lab/labUsers.ts";
import { ensureSimulators, type Simulators } from "./ensureSimulators.ts";

/** A process that a scenario started, as the host counts pids. */
export interface ScenarioProcess {
  readonly role: string;
  readonly pid: number;
}

export interface ScenarioRun {
  readonly processes: readonly ScenarioProcess[];
  /** Files in the host that belong to the story, absolute. */
  readonly paths: readonly string[];
}

export type HostShape = Pick<LabHost, "suite" | "init">;

export interface Scenario {
  readonly id: string;
  /** What an operator would call it. */
  readonly title: string;
  readonly kind: "evil" | "innocent";
  /** Whether it can be told in such a host. */
  readonly fits: (host: HostShape) => boolean;
  /** Resolves when its processes run. Everything it starts ends by itself. */
  readonly start: (stage: Stage) => Promise<ScenarioRun>;
}

/** What a scenario works with: a host, and the simulators to put into it. */
export class Stage {
  readonly host: LabHost;
  /** Life time of what is started. */
  readonly seconds: number;
  readonly #simulators: Simulators;

  private constructor(host: LabHost, simulators: Simulators, seconds: number) {
    this.host = host;
    this.seconds = seconds;
    this.#simulators = simulators;
  }

  static async open(host: LabHost, seconds = 600): Promise<Stage> {
    return new Stage(host, await ensureSimulators(), seconds);
  }

  /** `IPv4:PORT` of the fake pool, as the host reaches it. */
  get pool(): string {
    return `${labServices.address}:${labServices.poolPort}`;
  }

  /** Puts a simulator where the story wants it. */
  async drop(simulator: keyof Simulators, path: string, mode = 0o755): Promise<void> {
    await this.host.writeFile(path, readFileSync(this.#simulators[simulator]), mode);
  }

  /**
   * Runs a script in an SSH session of this user. It prints one line `ROLE PID` for each process;
   * the function `start ROLE ARGV…` does that for a process that outlives the session.
   */
  async run(user: LabUserName, script: string): Promise<readonly ScenarioProcess[]> {
    const prelude =
      'start() { role=$1; shift; setsid "$@" </dev/null >/dev/null 2>&1 & echo "$role $!"; }\n' +
      `export LAB_SECONDS=${this.seconds}\n`;
    const { stdout, stderr, code } = await this.host.ssh(user, "sh -s", { input: prelude + script });
    if (code !== 0) throw new Error(`a scenario's script ended with ${code}: ${stderr}${stdout}`);
    return parseProcesses(stdout);
  }

  /** Ends what a scenario started, with the process groups that its processes lead; units are left to systemd. */
  async stop(run: ScenarioRun): Promise<void> {
    const pids = run.processes.map((process) => process.pid);
    await this.host.exec(`for pid in ${pids.join(" ")}; do kill -9 -$pid; kill -9 $pid; done 2>/dev/null`);
  }
}

function parseProcesses(text: string): readonly ScenarioProcess[] {
  return [...text.matchAll(/^(\S+) (\d+)$/gm)].map(([, role = "", pid]) => ({ role, pid: Number(pid) }));
}
