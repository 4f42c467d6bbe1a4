import { createHash } from "node:crypto";
import type { HostFact } from "#core/facts/facts";
import { isFailure, type Host } from "#core/facts/host";
import { seen, unseen, type Observed } from "#core/facts/observed";
import { parseCpuStat } from "#core/parsers/cpuStat";
import { parseOsRelease } from "#core/parsers/osRelease";
import { showBytes } from "#core/text/showBytes";
import type { ByteString } from "#core/text/byteString";
import { Gaps } from "./gaps.ts";
import { readNamespaces } from "./processes.ts";

/** Keeps the machine id itself private: systemd asks that it is not shown to others as it is. */
const hostIdSalt = "countermine/host-id/1";

/** What kind of machine this is, and which one. */
export function collectHost(host: Host): Observed<HostFact> {
  const { euid, machine } = host.self();
  const gaps = new Gaps(euid);
  const bootId = readLine(host, "/proc/sys/kernel/random/boot_id");
  if (bootId === undefined) return unseen("The boot id could not be read: /proc is not mounted or not readable.");
  const machineId = readLine(host, "/etc/machine-id") ?? readLine(host, "/var/lib/dbus/machine-id");
  const name = readLine(host, "/proc/sys/kernel/hostname") ?? "unknown";
  if (machineId === undefined)
    gaps.say("The host has no machine id: its name identifies it, and another host may have the same.");
  if (euid !== 0) gaps.say("The helper does not run as root: what belongs to other users may be out of sight.");
  const osRelease = host.read("/etc/os-release", 65_536);
  const usrRelease = isFailure(osRelease) ? host.read("/usr/lib/os-release", 65_536) : osRelease;
  const os = parseOsRelease(isFailure(usrRelease) ? "" : usrRelease).value;
  const auxiliary = host.read("/proc/self/auxv", 4096);
  const cpu = host.read("/proc/stat", 1 << 20);
  const cpuTotals = isFailure(cpu) ? undefined : parseCpuStat(cpu).value;
  const meminfo = host.read("/proc/meminfo", 65_536);
  const namespaces = readNamespaces(host, "/proc/self");
  return seen(
    {
      id: createHash("sha256")
        .update(`${hostIdSalt}\0${machineId ?? name}`)
        .digest("hex")
        .slice(0, 32),
      bootId,
      name: showBytes(name, 255),
      architecture: machine,
      kernel: showBytes(readLine(host, "/proc/sys/kernel/osrelease") ?? "unknown", 255),
      os: os.prettyName === "unknown" ? "unknown" : showBytes(os.prettyName, 255),
      osId: showBytes(os.id, 64),
      cores: Math.max(1, cpuTotals?.cores ?? 1),
      clockTicksPerSecond: (isFailure(auxiliary) ? undefined : clockTicks(auxiliary)) ?? 100,
      uptimeSeconds: Number.parseFloat(readLine(host, "/proc/uptime") ?? "0") || 0,
      wallMs: host.clock().wallMs,
      memoryBytes: isFailure(meminfo) ? 0 : Number(/^MemTotal:\s+(\d+) kB/m.exec(meminfo)?.[1] ?? 0) * 1024,
      euid,
      mountNamespace: namespaces.mnt ?? "",
      pidNamespace: namespaces.pid ?? "",
    },
    gaps.list(),
  );
}

function readLine(host: Host, path: string): ByteString | undefined {
  const text = host.read(path, 4096);
  const line = isFailure(text) ? "" : text.split("\n", 1)[0];
  return line === "" ? undefined : line;
}

/** AT_CLKTCK of the auxiliary vector: pairs of little-endian 64-bit numbers. */
function clockTicks(auxiliary: ByteString): number | undefined {
  for (let at = 0; at + 16 <= auxiliary.length; at += 16) {
    if (auxiliary.charCodeAt(at) !== 17 || !/^.\0{7}$/s.test(auxiliary.slice(at, at + 8))) continue;
    return auxiliary.charCodeAt(at + 8) + auxiliary.charCodeAt(at + 9) * 256;
  }
  return undefined;
}
