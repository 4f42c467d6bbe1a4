import { processKey } from "#core/facts/process";
import type { EvidenceStep, FreezeStep, KillStep, ProcessTarget, WatchStep } from "#core/plans/plan";
import type { UndoData } from "#helper/journal/journal";
import { judgeProcess } from "#helper/policy/neverTouch";
import { refusalOf } from "#helper/policy/verdict";
import { keepEvidence } from "./evidence.ts";
import { freezeTree } from "./freeze.ts";
import type { TreeFreeze } from "./freeze.ts";
import { killFrozen } from "./kill.ts";
import { nothingToUndo } from "./session.ts";
import type { ApplySession, StepOutcome } from "./session.ts";
import { watchForRespawn } from "./watch.ts";

/** Freezes the target with its tree, and remembers what was frozen for the steps that follow. */
export async function runFreeze(step: FreezeStep, session: ApplySession): Promise<StepOutcome> {
  const entry = session.entry(step, describe(step.target));
  const forKill = session.plan.steps.some(({ kind }) => kind === "kill");
  const freeze = await freezeInto(step, session, (identities) => {
    const thaw: UndoData = { kind: "thaw", processes: [...identities], forKill };
    entry.record("intent", `stopping ${identities.length} processes`, thaw);
  });
  if (freeze.target.kind !== "frozen") {
    const { reason } = freeze.target;
    entry.record("failed", reason, nothingToUndo("nothing was frozen"));
    return { state: stateOf(freeze.target.kind), detail: reason, journal: entry.id };
  }
  const detail = frozenDetail(freeze);
  const thaw: UndoData = {
    kind: "thaw",
    processes: freeze.frozen.filter(({ wasStopped }) => !wasStopped).map(({ identity }) => identity),
    forKill,
  };
  entry.record("done", detail, thaw);
  return { state: freeze.isStable ? "done" : "failed", detail, journal: entry.id };
}

async function freezeInto(
  step: FreezeStep | KillStep,
  session: ApplySession,
  onIntent: Parameters<typeof freezeTree>[1]["onIntent"],
): Promise<TreeFreeze> {
  const freeze = await freezeTree(step.target, {
    includeTree: step.includeTree,
    policy: session.policy,
    override: step.override,
    known: session.frozen,
    onIntent,
  });
  for (const frozen of freeze.frozen) session.frozen.set(processKey(frozen.identity), frozen);
  if (freeze.target.kind === "frozen") session.trees.set(processKey(step.target), freeze.frozen);
  session.refused.push(...freeze.refused);
  session.execution.failPoint?.("freeze.stopped");
  return freeze;
}

function frozenDetail(freeze: TreeFreeze): string {
  const pids = freeze.frozen.map(({ identity }) => identity.pid).join(", ");
  const running = freeze.frozen.filter(({ live }) => "RSI".includes(live.stat()?.state ?? "X"));
  return [
    `${freeze.frozen.length} ${freeze.frozen.length === 1 ? "process is" : "processes are"} frozen (${pids})`,
    ...(running.length === 0 ? [] : [`${running.length} did not stop yet`]),
    ...freeze.refused.map(({ target, reason }) => `${target} was left alone: ${reason}`),
    ...(freeze.isStable ? [] : ["new members kept appearing; contain again"]),
  ].join("; ");
}

/** Keeps evidence of each process of the tree. */
export async function runEvidence(step: EvidenceStep, session: ApplySession): Promise<StepOutcome> {
  const tree = session.treeOf(step.target);
  if (tree.length === 0)
    return { state: "skipped", detail: "The process is not frozen, so nothing reliable can be read." };
  const entry = session.entry(step, describe(step.target));
  entry.record("intent", "", nothingToUndo("evidence changes nothing"));
  const gaps: string[] = [];
  const digests = new Set<string>();
  try {
    for (const frozen of tree) {
      const kept = await keepEvidence(frozen, session.plan.id, session.state, session.samples);
      gaps.push(...kept.gaps.map((gap) => `process ${frozen.identity.pid}: ${gap}`));
      if (kept.sha256 !== undefined) digests.add(kept.sha256);
      if (kept.size !== undefined) session.sampleSizes.add(String(kept.size));
    }
  } catch (error) {
    session.withoutEvidence.add(processKey(step.target));
    const detail = error instanceof Error ? error.message : "unknown";
    recordIfPossible(() => entry.record("failed", detail, nothingToUndo("evidence changes nothing")), session);
    return { state: "failed", detail, journal: entry.id };
  }
  const samples = [...digests].map((sha256) => sha256.slice(0, 16)).join(", ");
  const detail = [
    `evidence of ${tree.length} processes is kept, samples ${samples === "" ? "none" : samples}`,
    ...gaps,
  ].join("; ");
  entry.record("done", detail, nothingToUndo("evidence changes nothing"));
  return { state: "done", detail, journal: entry.id };
}

/**
 * Kills the frozen tree of the target. When its evidence could not be kept, it stays
 * frozen instead: a frozen miner does no more harm, and a killed one tells nothing.
 */
export async function runKill(step: KillStep, session: ApplySession): Promise<StepOutcome> {
  if (session.withoutEvidence.has(processKey(step.target)))
    return {
      state: "skipped",
      detail:
        "Its evidence could not be kept, so it was not killed: it stays frozen. Free space and plan again, or undo to let it run.",
    };
  const entry = session.entry(step, describe(step.target));
  const intent = (tree: readonly { readonly pid: number }[]): void => {
    const pids = tree.map(({ pid }) => pid).join(", ");
    entry.record("intent", `killing ${pids}`, nothingToUndo("a killed process is not started again"));
  };
  if (session.treeOf(step.target).length === 0) {
    const freeze = await freezeInto(step, session, (identities) => {
      const thaw: UndoData = { kind: "thaw", processes: [...identities], forKill: true };
      entry.record("intent", `stopping ${identities.length} processes`, thaw);
    });
    if (freeze.target.kind !== "frozen") {
      entry.record("failed", freeze.target.reason, nothingToUndo("nothing was killed"));
      return { state: stateOf(freeze.target.kind), detail: freeze.target.reason, journal: entry.id };
    }
  }
  const tree = session.treeOf(step.target);
  const refused = tree.filter(({ identity, live }) => {
    const override = identity.pid === step.target.pid ? step.override : undefined;
    return refusalOf(judgeProcess(live, session.policy), override) !== undefined;
  });
  const victims = tree.filter((frozen) => !refused.includes(frozen));
  intent(victims.map(({ identity }) => identity));
  session.execution.failPoint?.("kill.intent");
  const outcomes = await killFrozen(victims);
  session.execution.failPoint?.("kill.sent");
  const details = [...outcomes.values()].map(({ detail }) => detail);
  const kinds = new Set([...outcomes.values()].map(({ kind }) => kind));
  const state =
    kinds.has("pending") || kinds.has("failed") || refused.length > 0
      ? "failed"
      : kinds.has("drifted")
        ? "drifted"
        : "done";
  const detail = [
    ...details,
    ...refused.map(({ identity }) => `process ${identity.pid} is protected and was left alone.`),
  ].join(" ");
  entry.record(state === "done" ? "done" : "failed", detail, nothingToUndo("a killed process is not started again"));
  return { state, detail, journal: entry.id };
}

/** Reports what comes back. */
export async function runWatch(step: WatchStep, session: ApplySession): Promise<StepOutcome> {
  const { respawned, isCut } = await watchForRespawn(
    step,
    session.sampleSizes,
    session.policy.ownership,
    session.signal,
  );
  session.respawned.push(...respawned);
  const seen =
    respawned.length === 0 ? "nothing came back" : `${respawned.length} came back; look at their parents next`;
  return { state: "done", detail: isCut ? `${seen}, watching was cut short` : seen };
}

/** A full disk must not hide the failure that it caused. */
function recordIfPossible(record: () => unknown, session: ApplySession): void {
  try {
    record();
  } catch (error) {
    session.execution.log(`The journal could not be written: ${error instanceof Error ? error.message : "unknown"}`);
  }
}

function stateOf(kind: "drifted" | "ended" | "refused" | "failed"): StepOutcome["state"] {
  return kind === "ended" ? "drifted" : kind;
}

function describe(target: ProcessTarget): string {
  return `process ${target.pid} (${target.exe})`;
}
