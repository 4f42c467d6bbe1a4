import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildBundles } from "../../bundles.ts";
import { median, type Benchmark } from "../figure.ts";

const root = join(__dirname, "../../..");
const turns = 3;
const memoryGoal = 60;
const alarmGoalSeconds = 5;

/**
 * The product as it runs: the command line brings the helper to this machine (warm: it is
 * there already) and triages it. From the word that the session is ready to the alarms,
 * and the peak memory of the helper on the host.
 */
export const benchmark: Benchmark = {
  name: "local-triage",
  async measure() {
    const folder = mkdtempSync(join(tmpdir(), "countermine-bench-"));
    try {
      await buildBundles(root, folder);
      await triage(folder);
      const runs: TriageRun[] = [];
      for (let turn = 0; turn < turns; turn += 1) runs.push(await triage(folder));
      const seconds = median(runs.map((run) => run.seconds));
      const memory = median(runs.map((run) => run.peakMebibytes));
      return [
        {
          name: "from a ready session to the first alarm, warm host, with a CPU window of one second",
          value: seconds,
          unit: "s",
          goal: `<= ${alarmGoalSeconds} s`,
          isMet: seconds <= alarmGoalSeconds,
        },
        {
          name: "peak memory of the helper over a triage",
          value: memory,
          unit: "MiB",
          goal: `<= ${memoryGoal} MiB`,
          isMet: memory <= memoryGoal,
        },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

interface TriageRun {
  readonly seconds: number;
  readonly peakMebibytes: number;
}

async function triage(folder: string): Promise<TriageRun> {
  const state = join(folder, "state");
  const child = spawn(process.execPath, [join(folder, "cli.cjs"), "triage", "--format", "json", "--state-dir", state], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let readyAt = 0;
  let log = "";
  let output = "";
  child.stderr.on("data", (data: Buffer) => {
    log += data.toString();
    if (readyAt === 0 && /^ready$/m.test(log)) readyAt = performance.now();
  });
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  let peakKilobytes = 0;
  const watch = setInterval(() => {
    peakKilobytes = Math.max(peakKilobytes, ...helpersServing(state).map(peakOf));
  }, 20);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearInterval(watch);
  const endedAt = performance.now();
  if (readyAt === 0 || peakKilobytes === 0 || code === 2)
    throw new Error(`The triage did not run (exit ${code}):\n${log}`);
  if (JSON.parse(output).schema !== "countermine/triage@1") throw new Error("The triage printed another document.");
  return { seconds: (endedAt - readyAt) / 1000, peakMebibytes: peakKilobytes / 1024 };
}

/** Helpers are told apart from other programs of the machine by the state folder that only this run has. */
function helpersServing(state: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const argv = readProc(`/proc/${pid}/cmdline`).split("\0");
    return argv.some((word) => word.endsWith("/helper.cjs")) && argv.includes(state) && !argv[0]?.endsWith("sh");
  });
}

function peakOf(pid: string): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`))?.[1] ?? 0);
}

/** Empty when the process has just ended. */
function readProc(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
