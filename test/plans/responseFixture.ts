import { createHash } from "node:crypto";
import type { PlanFrame, ResolvedFile, ResolvedProcess, ResponseInput } from "#core/actions/responseInput";
import type { ProcessTarget } from "#core/plans/plan";

export function processTarget(pid: number, changes: Partial<ProcessTarget> = {}): ProcessTarget {
  return {
    kind: "process",
    bootId: "b",
    pid,
    startTime: pid * 10,
    exeId: `8:${pid}`,
    exe: "/tmp/.x/xmrig",
    cmdline: "/tmp/.x/xmrig -o pool",
    user: "www-data",
    sha256: "a".repeat(64),
    ...changes,
  };
}

export function resolvedProcess(pid: number, changes: Partial<ResolvedProcess> = {}): ResolvedProcess {
  const target = processTarget(pid);
  return {
    target,
    tree: [],
    isNameless: false,
    marks: { sha256: ["a".repeat(64)], cmdlines: [target.cmdline] },
    ...changes,
  };
}

export function resolvedFile(path: string, changes: Partial<ResolvedFile> = {}): ResolvedFile {
  return {
    target: {
      kind: "file",
      path,
      id: `8:${path.length}`,
      size: 10,
      mtimeNs: "1",
      sha256: "c".repeat(64),
      owner: "www-data",
      otherNames: [],
    },
    lossy: [],
    missingNames: 0,
    isInContainer: false,
    runningPids: [],
    ...changes,
  };
}

export const frame: PlanFrame = {
  id: "11111111-1111-1111-1111-111111111111",
  host: { id: "0".repeat(32), name: "web-1", bootId: "b" },
  createdAt: 1,
  alarms: [],
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
};

export function responseInput(changes: Partial<ResponseInput>): ResponseInput {
  return { frame, processes: [], files: [], refused: [], ...changes };
}
