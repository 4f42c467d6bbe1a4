import { OpsError } from "#core/opsError";
import type { JournalEntry } from "#core/plans/journalEntry";
import type { ProcessIdentity } from "#core/facts/process";
import type { ExecutionContext } from "#helper/execute/context";
import { thawProcess } from "#helper/execute/freeze";
import { LiveProcess } from "#helper/execute/liveProcess";
import type { QuarantineContext } from "#helper/quarantine/quarantineContext";
import { describeSettling, settleFile, unsettledRecords } from "#helper/quarantine/recoverFiles";
import type { QuarantineRecord } from "#helper/quarantine/record";
import type { Journal, JournalLine, UndoData } from "./journal.ts";
import { journalEntry, latestLines } from "./journal.ts";

export interface RecoverOptions {
  /** False only says what would be done. */
  readonly apply: boolean;
  /** What happens to processes that are still frozen; undo can continue them later. */
  readonly frozen: "keep" | "thaw";
}

/**
 * Settles what a crash left half done: every file ends as the untouched original or as
 * a verified copy in quarantine, and every process that is still frozen is named.
 */
export async function recoverHost(
  options: RecoverOptions,
  execution: ExecutionContext,
  journal: Journal,
  quarantine: QuarantineContext,
): Promise<readonly JournalEntry[]> {
  const lines = latestLines(journal.read().lines);
  const entries: JournalEntry[] = [];
  const settledLines = new Set<string>();
  for (const record of unsettledRecords(quarantine)) {
    const line = lines.find(({ undoData }) => undoData.kind === "restore" && undoData.record === record.id);
    const settled = await settleRecord(record, options.apply, quarantine);
    entries.push(note(settled, line ?? lineOf(record, execution), options.apply, execution, journal));
    if (line !== undefined) settledLines.add(line.id);
  }
  for (const line of lines) {
    if (settledLines.has(line.id) || line.state === "undone") continue;
    const still = isLeftFrozen(line, options) ? stillFrozen(line) : [];
    if (still.length > 0) entries.push(note(settleFrozen(still, options), line, options.apply, execution, journal));
    else if (line.state === "intent")
      entries.push(note(settleIntent(line, quarantine), line, options.apply, execution, journal));
  }
  return entries;
}

interface Settled {
  readonly state: JournalEntry["state"];
  readonly detail: string;
  readonly undoData: UndoData;
}

async function settleRecord(record: QuarantineRecord, apply: boolean, quarantine: QuarantineContext): Promise<Settled> {
  const none: UndoData = { kind: "none", reason: "the original is there" };
  if (!apply) return { state: "intent", detail: describeSettling(record), undoData: none };
  try {
    const settled = await settleFile(record, quarantine);
    const undoData: UndoData =
      settled.record.state === "isolated" ? { kind: "restore", record: settled.record.id } : none;
    return { state: "recovered", detail: settled.detail, undoData };
  } catch (error) {
    if (!OpsError.is(error)) throw error;
    return { state: "failed", detail: error.message, undoData: { kind: "restore", record: record.id } };
  }
}

function settleFrozen(still: readonly ProcessIdentity[], options: RecoverOptions): Settled {
  const pids = still.map(({ pid }) => pid).join(", ");
  const thaw: UndoData = { kind: "thaw", processes: [...still], forKill: true };
  if (options.frozen === "keep" || !options.apply)
    return { state: "recovered", detail: `still frozen: ${pids}; undo the plan to let them run`, undoData: thaw };
  const running = still.filter((identity) => thawProcess(identity));
  return {
    state: "undone",
    detail: `continued: ${running.map(({ pid }) => pid).join(", ")}`,
    undoData: { kind: "none", reason: "taken back" },
  };
}

function settleIntent(line: JournalLine, quarantine: QuarantineContext): Settled {
  const { undoData, kind } = line;
  const nothing: UndoData = { kind: "none", reason: "nothing is left to take back" };
  if (undoData.kind === "restore") return settleIsolated(undoData, quarantine);
  const detail =
    kind === "freeze"
      ? "none of its processes is frozen any more"
      : kind === "kill"
        ? "the helper ended while killing; triage again to see what still runs"
        : "nothing is half done";
  return { state: "recovered", detail, undoData: nothing };
}

/** The record had reached its end, and only the journal was behind. */
function settleIsolated(undoData: UndoData & { readonly kind: "restore" }, quarantine: QuarantineContext): Settled {
  const nothing: UndoData = { kind: "none", reason: "the file is not in quarantine" };
  try {
    const { state } = quarantine.records.load(undoData.record);
    return state === "isolated"
      ? { state: "recovered", detail: `the file is isolated as ${undoData.record}`, undoData }
      : { state: "recovered", detail: `nothing is half done: the file is ${state}`, undoData: nothing };
  } catch (error) {
    if (!OpsError.is(error)) throw error;
    return { state: "failed", detail: error.message, undoData };
  }
}

/**
 * Whether frozen is not where this step should have ended: the helper died while
 * freezing, or before the kill that was to follow. What was contained on purpose is
 * settled, and so is what an earlier recovery kept, unless it is now to run again.
 */
function isLeftFrozen(line: JournalLine, options: RecoverOptions): boolean {
  if (line.undoData.kind !== "thaw") return false;
  if (line.state === "intent") return true;
  if (line.state === "recovered") return options.frozen === "thaw";
  return line.state === "done" && line.undoData.forKill === true;
}

/** Processes of a freeze that are the same and still stopped. */
function stillFrozen(line: JournalLine): readonly ProcessIdentity[] {
  if (line.undoData.kind !== "thaw") return [];
  return line.undoData.processes.filter((identity) => {
    const live = LiveProcess.open(identity.pid);
    const isStopped = live !== undefined && live.matches(identity) && live.stat()?.state === "T";
    live?.close();
    return isStopped;
  });
}

/** Writes the outcome down, unless this is only a look; returns it for people either way. */
function note(
  settled: Settled,
  line: Pick<JournalLine, "id" | "plan" | "step" | "kind" | "target">,
  apply: boolean,
  execution: ExecutionContext,
  journal: Journal,
): JournalEntry {
  const { id, plan, step, kind, target } = line;
  const entry = { id, operator: execution.operator, plan, step, kind, target, ...settled };
  if (apply) return journalEntry(journal.append(entry));
  return journalEntry({ ...entry, v: 1, seq: 0, at: Date.now(), previous: "", chain: "" });
}

function lineOf(
  record: QuarantineRecord,
  execution: ExecutionContext,
): Pick<JournalLine, "id" | "plan" | "step" | "kind" | "target"> {
  execution.log(`Record ${record.id} has no journal entry.`);
  const target = Buffer.from(record.path, "base64").toString("utf8");
  return { id: record.id, plan: record.plan, step: record.step, kind: "quarantine", target };
}
