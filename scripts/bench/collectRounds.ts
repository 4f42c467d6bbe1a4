import { isFailure, type Host } from "#core/facts/host";
import { parseMountinfo } from "#core/parsers/mountinfo";
import { defaultLimits } from "#helper/collectors/collectOptions";
import { collectProcesses } from "#helper/collectors/processes";
import { collectSockets } from "#helper/collectors/sockets";
import { LinuxHost } from "#helper/host/linuxHost";

/**
 * Runs in a process of its own. `N` prints a line for each of N full passes over
 * processes and sockets: its milliseconds on the wall and of CPU.
 */
async function main(): Promise<void> {
  const [count] = process.argv.slice(2);
  const host = new LinuxHost();
  for (let round = 0; round < Number(count); round += 1) {
    const startedAt = performance.now();
    const cpu = process.cpuUsage();
    await collectOnce(host);
    const { user, system } = process.cpuUsage(cpu);
    console.log(`${(performance.now() - startedAt).toFixed(3)} ${((user + system) / 1000).toFixed(3)}`);
  }
}

async function collectOnce(host: Host): Promise<void> {
  const mountinfo = host.read("/proc/self/mountinfo");
  const context = {
    euid: host.self().euid,
    limits: defaultLimits,
    userNames: new Map<number, string>(),
    mounts: isFailure(mountinfo) ? [] : parseMountinfo(mountinfo).value,
  };
  const processes = await collectProcesses(host, context);
  if (processes.kind === "unseen") throw new Error(processes.reason);
  const sockets = collectSockets(host, processes.value, context);
  if (sockets.kind === "unseen") throw new Error(sockets.reason);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
