import { ensureLabPackages } from "./lab/ensureLabPackages.ts";
import { LabHost } from "./lab/labHost.ts";
import type { LabUserName } from "./lab/labUsers.ts";
import { type LocalDrill, startLocalDrill } from "./localDrill.ts";
import { evilScenarios } from "./sims/evilScenarios.ts";
import { type ScenarioRun, Stage } from "./sims/scenario.ts";

/** A disposable infected machine of our own, reachable as any host is. */
export interface DrillHost {
  readonly kind: "host";
  readonly host: string;
  readonly port: number;
  /** Has sudo without a password. */
  readonly user: LabUserName;
  /** Private key file that the host accepts. */
  readonly keyPath: string;
  /** The host's keys as known_hosts has them, one a line. */
  readonly knownHosts: string;
  /** The one of them that clients prefer (ed25519), without a line end. */
  readonly knownHostsLine: string;
  /** What was started, by the scenario's id; pids as the host counts them. */
  readonly runs: ReadonlyMap<string, ScenarioRun>;
  readonly lab: LabHost;
  readonly stop: () => Promise<void>;
}

export interface DrillOptions {
  /** Life time of the simulators. Default two hours. */
  readonly seconds?: number;
  /** Hears what takes long, in words for people. */
  readonly onStep?: (text: string) => void;
}

const drillScenarios: ReadonlySet<string> = new Set([
  "miner-in-tmp",
  "kernel-thread-masquerade",
  "deleted-executable",
  "watchdog-pair",
  "persistent-unit",
]);
const user: LabUserName = "ops";

/** The drill host, or, where root and namespaces cannot be had, the local drill with the reason why. */
export async function startDrill(options: DrillOptions = {}): Promise<DrillHost | LocalDrill> {
  const availability = await ensureLabPackages();
  if (availability.kind === "unavailable") return await startLocalDrill({ reason: availability.reason });
  try {
    return await startDrillHost(options);
  } catch (error) {
    const [why = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return await startLocalDrill({ reason: `the drill host did not start: ${why}` });
  }
}

/** Boots a Debian 12 host and infects it with harmless simulators. Needs root; rejects when it cannot start. */
export async function startDrillHost(options: DrillOptions = {}): Promise<DrillHost> {
  options.onStep?.("Starting the drill host (the first time, its Debian is downloaded: about a minute)...");
  const lab = await LabHost.start({ suite: "bookworm", name: "drill" });
  try {
    const stage = await Stage.open(lab, options.seconds ?? 7200);
    const runs = new Map<string, ScenarioRun>();
    for (const scenario of evilScenarios.filter((scenario) => drillScenarios.has(scenario.id))) {
      options.onStep?.(`Staging: ${scenario.title}`);
      runs.set(scenario.id, await scenario.start(stage));
    }
    const [knownHostsLine = ""] = lab.knownHosts.split("\n");
    return {
      kind: "host",
      host: lab.host,
      port: lab.port,
      user,
      keyPath: lab.keyPath,
      knownHosts: lab.knownHosts,
      knownHostsLine,
      runs,
      lab,
      stop: async () => await lab.stop(),
    };
  } catch (error) {
    await lab.stop();
    throw error;
  }
}
