import type { HiddenPid } from "../facts/facts.ts";
import { processKey, type ProcessFact } from "../facts/process.ts";
import type { SocketFact } from "../facts/socket.ts";
import { isUtf8, type ByteString } from "../text/byteString.ts";
import { encodeBase64 } from "../text/encodeBase64.ts";
import { maskSecrets } from "../text/maskSecrets.ts";
import { showBytes } from "../text/showBytes.ts";
import type { AlarmConnection, AlarmFile, AlarmProcess } from "./alarm.ts";
import type { HostPicture } from "./hostPicture.ts";

/** A process as an alarm shows it: text decoded, escaped, and without secrets. */
export function alarmProcess(process: ProcessFact, picture: HostPicture): AlarmProcess {
  const exe = process.exe;
  const sha256 = exe && picture.executables.get(exe.status.id)?.sha256;
  const used = picture.cpu?.byProcess.get(processKey(process));
  const cpuShare = used && picture.cpu ? used.runNs / Math.max(1, picture.cpu.elapsedNs) : undefined;
  return {
    pid: process.pid,
    startTime: process.startTime,
    exe: exe ? showBytes(exe.path) : "",
    ...(exe && !isUtf8(exe.path) && { exeBase64: encodeBase64(exe.path) }),
    ...(exe && { exeId: exe.status.id, isExeDeleted: exe.isDeleted }),
    cmdline: maskSecrets(showBytes(process.argv.join(" "))),
    user: showBytes(process.user ?? String(process.uid), 100),
    uid: process.uid,
    ppid: process.ppid,
    ...(process.cwd !== undefined && { cwd: showBytes(process.cwd) }),
    ...(process.cgroup !== undefined && { cgroup: showBytes(process.cgroup) }),
    comm: showBytes(process.comm, 100),
    ...(sha256 !== undefined && { sha256 }),
    ...(cpuShare !== undefined && { cpuShare: Math.round(cpuShare * 1000) / 1000 }),
  };
}

/** What is known of a process that only the pid sweep found. */
export function hiddenProcess(hidden: HiddenPid): AlarmProcess {
  return {
    pid: hidden.pid,
    startTime: hidden.startTime,
    exe: showBytes(hidden.exePath ?? ""),
    ...(hidden.exePath !== undefined && !isUtf8(hidden.exePath) && { exeBase64: encodeBase64(hidden.exePath) }),
    cmdline: "",
    user: "",
    uid: -1,
    ppid: 0,
    comm: showBytes(hidden.comm, 100),
  };
}

export function alarmFile(path: ByteString, picture: HostPicture): AlarmFile {
  const text = picture.textByPath.get(path);
  const executable = picture.executableByPath.get(path);
  const status = text?.status;
  const size = status?.size ?? executable?.size;
  return {
    path: showBytes(path),
    ...(!isUtf8(path) && { pathBase64: encodeBase64(path) }),
    ...(status && { id: status.id, mode: status.mode, owner: String(status.uid) }),
    ...(size !== undefined && { size }),
    ...(executable?.sha256 !== undefined && { sha256: executable.sha256 }),
  };
}

/** The executable of a process as a file; none for memory and for kernel threads. */
export function executableFile(process: ProcessFact, picture: HostPicture): AlarmFile | undefined {
  const exe = process.exe;
  if (exe === undefined || exe.isMemfd) return undefined;
  const sha256 = picture.executables.get(exe.status.id)?.sha256;
  return {
    path: showBytes(exe.path),
    ...(!isUtf8(exe.path) && { pathBase64: encodeBase64(exe.path) }),
    id: exe.status.id,
    size: exe.status.size,
    mode: exe.status.mode,
    owner: String(exe.status.uid),
    ...(sha256 !== undefined && { sha256 }),
  };
}

export function alarmConnection(socket: SocketFact): AlarmConnection {
  return {
    protocol: socket.protocol,
    local: endpoint(socket.localAddress, socket.localPort),
    remote: endpoint(socket.remoteAddress, socket.remotePort),
    state: socket.state,
  };
}

function endpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
