import type { HostOverview } from "#core/hosts/overview";
import { showText } from "#core/text/showBytes";

/** Longest wait for any one part; a hung mount or a missing tool must not hold the view. */
const partMs = 5000;

const diskLimit = 64;

/**
 * The machine as systeminformation describes it, for people. It shells out and parses
 * text, so each part has its own time limit and nothing of it is used for detection.
 */
export async function readOverview(): Promise<HostOverview> {
  // Loaded here: it costs 50 ms that a triage must not pay.
  const si = await import("systeminformation");
  const problems: string[] = [];
  const part = async <T>(name: string, ask: Promise<T>): Promise<T | undefined> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        problems.push(`${name}: no answer within ${partMs / 1000} seconds.`);
        resolve(undefined);
      }, partMs);
    });
    try {
      return await Promise.race([ask, late]);
    } catch (error) {
      problems.push(`${name}: ${showText(String(error), 200)}`);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  };
  const [os, cpu, memory, load, disks] = await Promise.all([
    part("operating system", si.osInfo()),
    part("CPU", si.cpu()),
    part("memory", si.mem()),
    part("load", si.currentLoad()),
    part("disks", si.fsSize()),
  ]);
  return {
    os: text([os?.distro, os?.release].filter((word) => word !== undefined && word !== "").join(" ")),
    kernel: text(os?.kernel),
    cpu: text([cpu?.manufacturer, cpu?.brand].filter((word) => word !== undefined && word !== "").join(" ")),
    cores: amount(cpu?.cores),
    memoryBytes: amount(memory?.total),
    memoryAvailableBytes: amount(memory?.available),
    load: await loadAverages(),
    busyShare: amount((load?.currentLoad ?? 0) / 100),
    disks: (disks ?? []).slice(0, diskLimit).map(({ mount, type, size, used }) => ({
      mount: text(mount),
      type: text(type),
      sizeBytes: amount(size),
      usedBytes: amount(used),
    })),
    problems,
  };
}

/** Its own figure is the 1-minute value only. */
async function loadAverages(): Promise<readonly number[]> {
  const { loadavg } = await import("node:os");
  return loadavg();
}

function text(value: string | undefined): string {
  const shown = showText(value ?? "", 200).trim();
  return shown === "" ? "unknown" : shown;
}

function amount(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) && value >= 0 ? value : 0;
}
