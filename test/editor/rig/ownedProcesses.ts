import type { ChildProcess } from "node:child_process";

/**
 * The process groups that this program started and has not ended yet. They are ended, by
 * their own ids, when the program leaves in any way it can notice.
 */
const owned = new Set<number>();
let isWatching = false;

/** Registers a child that was spawned with `detached: true`, so that its pid is a group of its own. */
export function ownProcessGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  const group = child.pid;
  owned.add(group);
  child.once("exit", () => owned.delete(group));
  watchForLeaving();
}

/** Ends a child's whole group: politely, then after `graceMs` for good. Resolves when the child is gone. */
export async function endProcessGroup(child: ChildProcess, graceMs = 5_000): Promise<void> {
  const group = child.pid;
  if (group === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  signalGroup(group, "SIGTERM");
  const timer = setTimeout(() => signalGroup(group, "SIGKILL"), graceMs);
  await gone;
  clearTimeout(timer);
  // Members that ignored the polite signal outlive their leader.
  signalGroup(group, "SIGKILL");
}

function watchForLeaving(): void {
  if (isWatching) return;
  isWatching = true;
  const endAll = (): void => owned.forEach((group) => signalGroup(group, "SIGKILL"));
  process.on("exit", endAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      // A program with a handler of its own closes things in its own order and then exits.
      if (process.listenerCount(signal) > 1) return;
      endAll();
      process.exit(1);
    });
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // The group is gone already.
  }
}
