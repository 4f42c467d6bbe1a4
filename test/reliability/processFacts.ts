import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { LiveProcess } from "#helper/execute/liveProcess";

/** Reads something of a process that must be there. */
export function withProcess<T>(pid: number, read: (live: LiveProcess) => T): T {
  const live = LiveProcess.open(pid);
  assert.ok(live, `process ${pid} is there`);
  try {
    return read(live);
  } finally {
    live.close();
  }
}

/** The child of a process that runs an executable, once there is one. */
export function childOf(parent: number, exe: string): number | undefined {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const live = LiveProcess.open(Number(name));
    const isChild = live?.stat()?.ppid === parent && live.readLink("exe") === exe;
    live?.close();
    if (isChild) return Number(name);
  }
  return undefined;
}

export function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
