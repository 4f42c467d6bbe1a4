import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { planContain } from "#core/actions/contain/plan";
import { planDelete } from "#core/actions/delete-isolated/plan";
import { planIsolate } from "#core/actions/isolate-and-kill/plan";
import type { PlanFrame, ResolvedFile, ResolvedProcess, ResponseInput } from "#core/actions/responseInput";
import { planRestore } from "#core/actions/restore-file/plan";
import type { RestorableFile } from "#core/actions/restore-file/plan";
import { OpsError } from "#core/opsError";
import type { IsolatedFile } from "#core/plans/isolatedFile";
import type { JournalEntry } from "#core/plans/journalEntry";
import type { IsolatedTarget, Plan, PlanResult, Refusal } from "#core/plans/plan";
import { showBytes } from "#core/text/showBytes";
import { Journal, journalEntry, latestLines } from "#helper/journal/journal";
import type { RecoverOptions } from "#helper/journal/recoverHost";
import { recoverHost } from "#helper/journal/recoverHost";
import { undoPlan } from "#helper/journal/undoPlan";
import type { PolicyContext } from "#helper/policy/neverTouch";
import { readOwnSession } from "#helper/policy/ownSession";
import { RememberedOwnership } from "#helper/policy/rememberedOwnership";
import { withHostLock } from "#helper/quarantine/hostLock";
import { isolatedFile } from "#helper/quarantine/isolatedFile";
import type { QuarantineContext } from "#helper/quarantine/quarantineContext";
import { RecordStore } from "#helper/quarantine/recordStore";
import type { QuarantineRecord } from "#helper/quarantine/record";
import { openStateDirectory } from "#helper/quarantine/stateDirectory";
import type { StateDirectory } from "#helper/quarantine/stateDirectory";
import { requireApplicable, runSteps, sha256OfText } from "./applyPlan.ts";
import type { ApplyProgress } from "./applyPlan.ts";
import { bytesOfPath } from "./bytesOfPath.ts";
import type { ExecutionContext } from "./context.ts";
import type { FileRequest } from "./resolveFile.ts";
import { resolveFile } from "./resolveFile.ts";
import type { ProcessRequest } from "./resolveProcess.ts";
import { resolveProcess } from "./resolveProcess.ts";
import { ApplySession } from "./session.ts";

/** What to act on: a process as of now or as an alarm saw it, or a file. */
export type ActionTarget = ProcessRequest | ({ readonly kind: "file" } & FileRequest);

/**
 * Everything that changes a host: makes plans, applies exactly those, and takes them
 * back. Planning only reads. Applying, undoing and recovering hold the host's lock.
 */
export class Responder {
  readonly #execution: ExecutionContext;
  readonly #state: StateDirectory;
  readonly #journal: Journal;
  readonly #records: RecordStore;

  /** Throws an OpsError `stateDamaged` when the state folder can't be trusted, and others when it can't be made. */
  constructor(execution: ExecutionContext) {
    this.#execution = { ...execution, ownership: new RememberedOwnership(execution.ownership) };
    this.#state = openStateDirectory(execution.stateDir);
    this.#journal = new Journal(this.#state);
    this.#records = new RecordStore(this.#state);
  }

  /** A plan to freeze processes with their trees. */
  async prepareContain(targets: readonly ActionTarget[], alarms: readonly string[] = []): Promise<Plan> {
    return planContain(await this.#resolve(targets, alarms));
  }

  /** A plan to freeze, keep evidence, isolate files, kill, and watch for `watchSeconds` (60). */
  async prepareIsolate(
    targets: readonly ActionTarget[],
    options: { readonly alarms?: readonly string[]; readonly watchSeconds?: number } = {},
  ): Promise<Plan> {
    const input = await this.#resolve(targets, options.alarms ?? []);
    return planIsolate(input, { watchSeconds: Math.min(Math.max(options.watchSeconds ?? 60, 0), 3600) });
  }

  /** A plan to put isolated files back, to their own places or (one file) elsewhere. */
  prepareRestore(
    ids: readonly string[],
    options: {
      readonly to?: { readonly path: string; readonly pathBase64?: string };
      readonly override?: "writableParent";
    } = {},
  ): Plan {
    const { to, override } = options;
    if (to !== undefined) {
      bytesOfPath(to);
      if (ids.length !== 1) throw new OpsError("badInput", "Only one file at a time can be restored to another path.");
    }
    const { found, refused } = this.#loadIsolated(ids);
    const files = found.map((record): RestorableFile => ({
      target: isolatedTarget(record),
      lossy: record.gaps.filter((gap) => !gap.startsWith("the change time")),
      ...(to === undefined ? {} : { to }),
      ...(override === undefined ? {} : { override }),
    }));
    return planRestore(this.#frame([]), files, refused);
  }

  /** A plan to delete the stored content of isolated files for good. */
  prepareDelete(ids: readonly string[]): Plan {
    const { found, refused } = this.#loadIsolated(ids);
    return planDelete(this.#frame([]), found.map(isolatedTarget), refused);
  }

  /**
   * Applies exactly this plan. Cancelling stops before the next step: what was frozen
   * stays frozen, is in the journal, and undo continues it.
   * Throws an OpsError before the first change: `preconditionChanged` for a plan that is
   * not for this host and boot or was changed, `locked` while somebody else acts.
   */
  async applyPlan(
    plan: Plan,
    options: { readonly onProgress?: (progress: ApplyProgress) => void; readonly signal?: AbortSignal } = {},
  ): Promise<PlanResult> {
    requireApplicable(plan, this.#execution);
    return this.#locked(async () => {
      const policy = this.#policy();
      const session = new ApplySession({
        plan,
        execution: this.#execution,
        state: this.#state,
        journal: this.#journal,
        policy,
        quarantine: this.#quarantine(policy),
        signal: options.signal,
      });
      try {
        return await runSteps(session, options.onProgress ?? (() => undefined));
      } finally {
        session.close();
      }
    });
  }

  /** What is, or was, in quarantine on this host; damaged records are named in `problems`. */
  listIsolated(): { readonly files: readonly IsolatedFile[]; readonly problems: readonly string[] } {
    const { records, damaged } = this.#records.list();
    const files = records.filter((record) => record.state !== "rolledBack").map(isolatedFile);
    return { files, problems: damaged.map((error) => error.message) };
  }

  /** What was done on this host, oldest first. */
  journal(): { readonly entries: readonly JournalEntry[]; readonly problems: readonly string[] } {
    const { lines, problems } = this.#journal.read();
    return { entries: latestLines(lines).map(journalEntry), problems };
  }

  /** Takes back what a plan did, last step first. */
  async undo(plan: string): Promise<PlanResult> {
    return this.#locked(() => undoPlan(plan, this.#execution, this.#journal, this.#quarantine(this.#policy())));
  }

  /** Settles what a crash left half done. */
  async recover(options: RecoverOptions): Promise<readonly JournalEntry[]> {
    const run = (): Promise<readonly JournalEntry[]> =>
      recoverHost(options, this.#execution, this.#journal, this.#quarantine(this.#policy()));
    return options.apply ? this.#locked(run) : run();
  }

  #locked<T>(action: () => Promise<T>): Promise<T> {
    const owner = { operator: this.#execution.operator, bootId: this.#execution.host.bootId };
    return withHostLock(this.#state, owner, action);
  }

  #policy(): PolicyContext {
    const { ownership, stateDir } = this.#execution;
    return { session: readOwnSession(), ownership, stateDir };
  }

  #quarantine(policy: PolicyContext): QuarantineContext {
    const stateFolder = Buffer.from(this.#state.path, "latin1");
    return { execution: this.#execution, policy, records: this.#records, stateFolder };
  }

  #frame(alarms: readonly string[]): PlanFrame {
    return { id: randomUUID(), host: this.#execution.host, createdAt: Date.now(), alarms, sha256: sha256OfText };
  }

  async #resolve(targets: readonly ActionTarget[], alarms: readonly string[]): Promise<ResponseInput> {
    const policy = this.#policy();
    const processes: ResolvedProcess[] = [];
    const files: ResolvedFile[] = [];
    const refused: Refusal[] = [];
    for (const target of targets) {
      try {
        if (target.kind === "file") {
          files.push(await resolveFile(target, policy));
          continue;
        }
        const resolution = await resolveProcess(target, policy, this.#execution.host.bootId);
        processes.push(resolution.process);
        files.push(...resolution.files);
        if (resolution.fileNote !== undefined)
          refused.push({ target: `file of process ${target.pid}`, reason: resolution.fileNote });
      } catch (error) {
        if (!OpsError.is(error)) throw error;
        const name = target.kind === "file" ? showBytes(target.path, 1000) : `process ${target.pid}`;
        refused.push({ target: name, reason: error.message });
      }
    }
    return { frame: this.#frame(alarms), processes, files, refused };
  }

  #loadIsolated(ids: readonly string[]): {
    readonly found: readonly QuarantineRecord[];
    readonly refused: readonly Refusal[];
  } {
    const found: QuarantineRecord[] = [];
    const refused: Refusal[] = [];
    for (const id of ids) {
      try {
        const record = this.#records.load(id);
        if (record.state === "isolated") found.push(record);
        else
          refused.push({
            target: isolatedTarget(record).path,
            reason: `It is not isolated any more: it is ${record.state}.`,
          });
      } catch (error) {
        if (!OpsError.is(error)) throw error;
        refused.push({ target: id.slice(0, 100), reason: error.message });
      }
    }
    return { found, refused };
  }
}

function isolatedTarget(record: QuarantineRecord): IsolatedTarget {
  const path = showBytes(Buffer.from(record.path, "base64").toString("latin1"), 4000);
  return { kind: "isolated", id: record.id, path, sha256: record.digests?.sha256 ?? record.plannedSha256 };
}

/** Boot id of the running kernel; empty where /proc does not tell. */
export function readBootId(): string {
  try {
    return fs.readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return "";
  }
}
