import { setTimeout as sleep } from "node:timers/promises";
import type { FrozenProcess } from "./freeze.ts";
import { errorCode } from "./errorCode.ts";
import { isDead } from "./processStat.ts";

export type KillOutcome =
  | { readonly kind: "dead"; readonly detail: string }
  | { readonly kind: "drifted"; readonly detail: string }
  /** The signal is pending: the kernel delivers it when the process wakes up. */
  | { readonly kind: "pending"; readonly detail: string }
  | { readonly kind: "failed"; readonly detail: string };

/**
 * Kills processes that are stopped, all of them before waiting for any, so that none
 * sees another one die. Each identity is read again through the held folder while the
 * process is stopped: it can't end by itself then, so its pid can't be recycled unless
 * something else kills it in the same microseconds.
 * @param waitMs how long to wait for all of them together
 */
export async function killFrozen(
  processes: readonly FrozenProcess[],
  waitMs = 5000,
): Promise<ReadonlyMap<FrozenProcess, KillOutcome>> {
  const outcomes = new Map<FrozenProcess, KillOutcome>();
  for (const frozen of processes) {
    const refusal = sendKill(frozen);
    if (refusal !== undefined) outcomes.set(frozen, refusal);
  }
  const deadline = performance.now() + waitMs;
  for (;;) {
    for (const frozen of processes) {
      if (outcomes.has(frozen)) continue;
      const death = deathOf(frozen);
      if (death !== undefined) outcomes.set(frozen, death);
    }
    if (outcomes.size === processes.length || performance.now() > deadline) break;
    await sleep(10);
  }
  for (const frozen of processes) if (!outcomes.has(frozen)) outcomes.set(frozen, pending(frozen));
  return outcomes;
}

function sendKill(frozen: FrozenProcess): KillOutcome | undefined {
  const { live, identity } = frozen;
  const stat = live.stat();
  if (stat === undefined || isDead(stat)) return deathOf(frozen);
  if (!live.matches(identity))
    return { kind: "drifted", detail: `process ${identity.pid} is not the planned one any more.` };
  try {
    if (!"TtD".includes(stat.state)) {
      // Something continued it meanwhile. Stopped again and read again, it is safe to name by pid.
      process.kill(identity.pid, "SIGSTOP");
      if (!live.matches(identity))
        return deathOf(frozen) ?? { kind: "drifted", detail: `process ${identity.pid} changed.` };
    }
    process.kill(identity.pid, "SIGKILL");
    return undefined;
  } catch (error) {
    return (
      deathOf(frozen) ?? { kind: "failed", detail: `could not kill process ${identity.pid}: ${errorCode(error)}.` }
    );
  }
}

/** Dead means reaped, or a zombie that its parent has not collected yet (a zombie still answers signal 0, F41). */
function deathOf(frozen: FrozenProcess): KillOutcome | undefined {
  const stat = frozen.live.stat();
  if (stat === undefined) return { kind: "dead", detail: `process ${frozen.identity.pid} is gone.` };
  if (!isDead(stat)) return undefined;
  return {
    kind: "dead",
    detail: `process ${frozen.identity.pid} is dead; its parent ${stat.ppid} has not collected it yet (zombie).`,
  };
}

function pending(frozen: FrozenProcess): KillOutcome {
  const state = frozen.live.stat()?.state ?? "?";
  const tracer = /^TracerPid:\s*([1-9]\d*)/m.exec(frozen.live.read("status", 16_384) ?? "")?.[1];
  const pid = frozen.identity.pid;
  if (state === "D")
    return {
      kind: "pending",
      detail: `process ${pid} waits in the kernel (state D, uninterruptible); it dies when that ends.`,
    };
  if (tracer !== undefined)
    return {
      kind: "pending",
      detail: `process ${pid} is held by its tracer, process ${tracer}; it dies when that lets go.`,
    };
  return { kind: "pending", detail: `process ${pid} is still in state ${state}.` };
}
