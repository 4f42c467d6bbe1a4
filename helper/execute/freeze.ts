import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessIdentity, ProcessKey } from "#core/facts/process";
import { processKey } from "#core/facts/process";
import { showBytes } from "#core/text/showBytes";
import type { PolicyContext } from "#helper/policy/neverTouch";
import { judgeProcess } from "#helper/policy/neverTouch";
import type { Override } from "#helper/policy/verdict";
import { refusalOf } from "#helper/policy/verdict";
import { errorCode } from "./errorCode.ts";
import { LiveProcess } from "./liveProcess.ts";
import { isDead } from "./processStat.ts";
import { findRelatives, memberTraits } from "./treeMembership.ts";
import type { MemberTraits } from "./treeMembership.ts";

/** A process that this helper stopped and holds by its open /proc folder. */
export interface FrozenProcess {
  readonly identity: ProcessIdentity;
  readonly live: LiveProcess;
  /** It was stopped before we came: undo leaves it stopped. */
  readonly wasStopped: boolean;
}

export type FreezeOutcome =
  | { readonly kind: "frozen"; readonly process: FrozenProcess }
  | { readonly kind: "drifted"; readonly reason: string }
  | { readonly kind: "ended"; readonly reason: string }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Stops exactly the process that the identity names.
 *
 * Node has no pidfd, so the signal goes by pid between two readings of the identity
 * through the same held /proc folder. If the second reading says that the process is
 * gone, then whoever got the signal is a stranger and is continued at once: that race
 * needs the process to end and its pid to come around within microseconds, and costs
 * the stranger a pause, never its life. SIGKILL goes only to a process seen stopped.
 */
export function freezeProcess(
  identity: ProcessIdentity,
  policy: PolicyContext,
  override: Override | undefined,
): FreezeOutcome {
  const live = LiveProcess.open(identity.pid);
  if (live === undefined) return { kind: "ended", reason: `process ${identity.pid} has ended.` };
  const outcome = stopHeld(live, identity, policy, override);
  if (outcome.kind !== "frozen") live.close();
  return outcome;
}

function stopHeld(
  live: LiveProcess,
  identity: ProcessIdentity,
  policy: PolicyContext,
  override: Override | undefined,
): FreezeOutcome {
  const before = live.stat();
  if (before === undefined) return { kind: "ended", reason: `process ${identity.pid} has ended.` };
  if (before.startTime !== identity.startTime)
    return { kind: "drifted", reason: `pid ${identity.pid} now belongs to another process.` };
  if (isDead(before)) return { kind: "ended", reason: `process ${identity.pid} has ended (state ${before.state}).` };
  const refusal = refusalOf(judgeProcess(live, policy), override);
  if (refusal !== undefined) return { kind: "refused", reason: refusal };
  if (!live.matches(identity))
    return { kind: "drifted", reason: `process ${identity.pid} runs another program than planned.` };
  try {
    process.kill(identity.pid, "SIGSTOP");
  } catch (error) {
    return { kind: "failed", reason: `could not stop process ${identity.pid}: ${errorCode(error)}.` };
  }
  if (live.matches(identity)) return { kind: "frozen", process: { identity, live, wasStopped: before.state === "T" } };
  const after = live.stat();
  if (after !== undefined && after.startTime === identity.startTime && !isDead(after)) {
    if (before.state !== "T") process.kill(identity.pid, "SIGCONT");
    return { kind: "drifted", reason: `process ${identity.pid} started another program; it runs on.` };
  }
  if (after === undefined) continueStranger(identity.pid);
  return { kind: "ended", reason: `process ${identity.pid} ended while it was being stopped.` };
}

/** The pid was recycled under our signal: let whoever has it now go on. */
function continueStranger(pid: number): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch {
    // Nobody has the pid: nobody was stopped.
  }
}

/** Lets a frozen process run again, if it is still the same one. True when it runs. */
export function thawProcess(identity: ProcessIdentity): boolean {
  const live = LiveProcess.open(identity.pid);
  if (live === undefined) return false;
  try {
    if (!live.matches(identity)) return false;
    process.kill(identity.pid, "SIGCONT");
    return live.matches(identity);
  } catch {
    return false;
  } finally {
    live.close();
  }
}

export interface TreeFreeze {
  readonly target: FreezeOutcome;
  /** The target, when frozen, and all that belongs to it. */
  readonly frozen: readonly FrozenProcess[];
  readonly refused: readonly { readonly target: string; readonly reason: string }[];
  /** False when new members kept appearing for all passes. */
  readonly isStable: boolean;
}

const passLimit = 20;

/**
 * Stops a process and everything that belongs to it, again and again until two passes
 * over /proc add nothing: processes that respawn each other can't outrun it, because
 * those already stopped create no more (RELIABILITY F33).
 * @param known processes that earlier steps of the same plan froze; they are members already
 * @param onIntent called before each round of stops with all members so far and the new ones,
 *   so that a crash leaves no frozen process unrecorded
 */
export async function freezeTree(
  wanted: ProcessIdentity,
  options: {
    readonly includeTree: boolean;
    readonly policy: PolicyContext;
    readonly override?: Override | undefined;
    readonly known: ReadonlyMap<ProcessKey, FrozenProcess>;
    readonly onIntent: (identities: readonly ProcessIdentity[]) => void;
  },
): Promise<TreeFreeze> {
  const { policy, override, known, onIntent } = options;
  const identity = bareIdentity(wanted);
  const target = known.get(processKey(identity));
  if (target === undefined) onIntent([identity]);
  const outcome: FreezeOutcome =
    target === undefined ? freezeProcess(identity, policy, override) : { kind: "frozen", process: target };
  if (outcome.kind !== "frozen") return { target: outcome, frozen: [], refused: [], isStable: true };
  const members = new Map<ProcessKey, FrozenProcess>([[processKey(identity), outcome.process]]);
  if (!options.includeTree) return { target: outcome, frozen: [...members.values()], refused: [], isStable: true };

  const traits: MemberTraits[] = [memberTraits(outcome.process.live, policy.ownership)];
  const refused = new Map<ProcessKey, { readonly target: string; readonly reason: string }>();
  let quiet = 0;
  for (let pass = 0; pass < passLimit && quiet < 2; pass += 1) {
    let added = 0;
    const found = findRelatives(members, traits, identity.bootId, policy.ownership).filter(
      ({ stat }) => !refused.has(processKey(stat)),
    );
    if (found.some(({ stat }) => !known.has(processKey(stat))))
      onIntent([
        ...[...members.values()].map((member) => member.identity),
        ...found.map((candidate) => candidate.identity),
      ]);
    for (const candidate of found) {
      const key = processKey(candidate.stat);
      const earlier = known.get(key);
      const result: FreezeOutcome =
        earlier === undefined
          ? freezeProcess(candidate.identity, policy, undefined)
          : { kind: "frozen", process: earlier };
      if (result.kind === "frozen") {
        members.set(key, result.process);
        traits.push(memberTraits(result.process.live, policy.ownership));
        added += 1;
      } else if (result.kind === "refused" || result.kind === "failed") {
        refused.set(key, {
          target: `process ${candidate.stat.pid} (${showBytes(candidate.stat.comm, 40)})`,
          reason: result.reason,
        });
      }
    }
    quiet = added === 0 ? quiet + 1 : 0;
    // Gives a fork that was under way the time to show up in /proc.
    if (quiet < 2) await sleep(5);
  }
  const frozen = [...members.values()];
  await waitUntilStopped(frozen);
  return { target: outcome, frozen, refused: [...refused.values()], isStable: quiet >= 2 };
}

/** A plan's target carries more than the identity, which is all that the journal takes. */
function bareIdentity({ bootId, pid, startTime, exeId }: ProcessIdentity): ProcessIdentity {
  return exeId === undefined ? { bootId, pid, startTime } : { bootId, pid, startTime, exeId };
}

/** A stop takes effect when each thread reaches the kernel's edge; D state may take longer than we wait. */
async function waitUntilStopped(processes: readonly FrozenProcess[]): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) {
    const isRunning = processes.some((frozen) => {
      const state = frozen.live.stat()?.state;
      return state !== undefined && !"TtZXD".includes(state);
    });
    if (!isRunning) return;
    await sleep(10);
  }
}
