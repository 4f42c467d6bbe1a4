import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { judge } from "#core/alarms/judge";
import type { TriageDocument } from "#core/alarms/triageDocument";
import { diffAutostart } from "#core/autostart/diff";
import { checks } from "#core/checks/registry";
import { runChecks } from "#core/checks/runChecks";
import type { HostFact } from "#core/facts/facts";
import type { HostSummary } from "#core/hosts/host";
import { binaryMarkers } from "#core/knowledge/binaryMarkers";
import { OpsError } from "#core/opsError";
import type { Plan, PlanResult } from "#core/plans/plan";
import { encodeUtf8 } from "#core/text/byteString";
import { AlarmStore } from "#helper/alarms/alarmStore";
import { readInventory } from "#helper/autostart/inventory";
import { lsattrFlags } from "#helper/autostart/lsattrFlags";
import { packageOwnership } from "#helper/autostart/ownershipLookup";
import { autostartHistory, latestSnapshot, saveSnapshot } from "#helper/autostart/snapshots";
import { collectFacts } from "#helper/collectors/collectFacts";
import { collectHost } from "#helper/collectors/hostFact";
import { readOverview } from "#helper/overview/readOverview";
import { ownershipNow } from "#helper/collectors/ownershipNow";
import { bytesOfPath } from "#helper/execute/bytesOfPath";
import { type ActionTarget, Responder } from "#helper/execute/responder";
import { LinuxHost } from "#helper/host/linuxHost";
import { openStateDirectory } from "#helper/quarantine/stateDirectory";
import type { ResponseTarget } from "#protocol/methods";
import { protocolVersion } from "#protocol/version";
import type { Call, Handlers } from "./helperService.ts";
import { removeOwnEntries } from "./removeOwnEntries.ts";

export interface HelperOptions {
  readonly stateFolder: string;
  /** SHA-256 of the running bundle. */
  readonly build: string;
  /** Folder of the staged files (`…/runtime/<build>`), removed with the state; absent when not staged. */
  readonly stagedFolder?: string;
  /** Everything goes when the session ends: then nothing may be isolated. */
  readonly isTransient: boolean;
  readonly log: (line: string) => void;
}

/** What the helper can do, wired together: one handler per method of the protocol. */
export function makeHandlers(options: HelperOptions): Handlers {
  const world = new World(options);
  return {
    initialize: ({ operator }) => world.initialize(operator),
    triage: (params, call) => world.triage(params, call),
    overview: () => readOverview(),
    planContain: ({ targets }) => world.responder().prepareContain(world.resolve(targets), world.alarmsIn(targets)),
    planIsolate: ({ targets, watchSeconds }) => {
      world.refuseWhenTransient();
      return world.responder().prepareIsolate(world.resolve(targets), {
        alarms: world.alarmsIn(targets),
        ...(watchSeconds === undefined ? {} : { watchSeconds }),
      });
    },
    planRestore: ({ ids, to }) => world.responder().prepareRestore(ids, to === undefined ? {} : { to: { path: to } }),
    planDelete: ({ ids }) => world.responder().prepareDelete(ids),
    applyPlan: async ({ plan }, { signal, report }) => {
      const result = await world.responder().applyPlan(plan, {
        signal,
        onProgress: ({ kind, index, total, detail }) =>
          report({ phase: kind, message: `${kind} ${detail}`.trim().slice(0, 300), done: index, total }),
      });
      world.settleAlarms(plan, result);
      return result;
    },
    listIsolated: () => {
      const { files, problems } = world.responder().listIsolated();
      return { files: [...files], problems: problems.map(cutProblem) };
    },
    journal: () => {
      const { entries, problems } = world.responder().journal();
      return { entries: [...entries], problems: problems.map(cutProblem) };
    },
    undo: ({ plan }) => world.responder().undo(plan),
    recover: async ({ apply }) => ({ entries: [...(await world.responder().recover({ apply, frozen: "keep" }))] }),
    listAlarms: () => ({ alarms: [...world.alarms().alarms] }),
    setAlarmState: ({ ids, state, remark }) => {
      world.alarms().setState(ids, state, remark);
      return { alarms: [...world.alarms().alarms] };
    },
    listAutostart: (_params, call) => world.inventory(call),
    snapshotAutostart: async (_params, call) => {
      world.requireState();
      const document = await world.inventory(call);
      saveSnapshot(options.stateFolder, document);
      return document;
    },
    diffAutostart: async (_params, call) => {
      const document = await world.inventory(call);
      const { snapshot, notRun } = latestSnapshot(options.stateFolder);
      if (!snapshot) return { ...document, changes: [], notRun: [...document.notRun, ...notRun, noSnapshot] };
      const diff = diffAutostart(snapshot.document, document, Date.now());
      return { ...document, changes: diff.changes, notRun: [...document.notRun, ...notRun, ...diff.notRun] };
    },
    autostartHistory: () => {
      const history = autostartHistory(options.stateFolder);
      return { schema: "countermine/autostart@1", items: [], changes: history.changes, notRun: history.notRun };
    },
    removeState: ({ loseIsolatedFiles }) => ({ removed: world.removeState(loseIsolatedFiles) }),
    shutdown: () => ({}),
  };
}

const noSnapshot = {
  class: "changes",
  reason: "No snapshot has been taken on this host yet, so there is nothing to compare with.",
};

/** What lives as long as the session: the host port, the alarms, the responder. */
class World {
  readonly #options: HelperOptions;
  readonly #host = new LinuxHost();
  readonly #fact: HostFact;
  #operator = "unknown";
  #alarms: AlarmStore | undefined;
  #responder: Responder | undefined;
  #stateProblem: OpsError | undefined;

  constructor(options: HelperOptions) {
    this.#options = options;
    const fact = collectHost(this.#host);
    if (fact.kind === "unseen") throw new OpsError("permissionDenied", `Nothing can be read here. ${fact.reason}`);
    this.#fact = fact.value;
  }

  async initialize(operator: string) {
    this.#operator = operator;
    let unsettled = 0;
    try {
      const open = await this.responder().recover({ apply: false, frozen: "keep" });
      unsettled = open.length;
      this.alarms();
    } catch (error) {
      if (!OpsError.is(error)) throw error;
      this.#stateProblem = error;
    }
    const problem = this.#stateProblem;
    return {
      protocol: protocolVersion,
      build: this.#options.build,
      host: summary(this.#fact),
      euid: this.#fact.euid,
      pid: process.pid,
      unsettled,
      ...(problem === undefined ? {} : { stateProblem: `${problem.message} ${problem.nextStep}`.slice(0, 2000) }),
    };
  }

  async triage(
    params: {
      readonly mode: "sensitive" | "balanced" | "conservative";
      readonly allowRules: Parameters<typeof judge>[0]["allowlist"];
    },
    call: Call,
  ): Promise<TriageDocument> {
    const startedAt = this.#host.clock().monotonicNs;
    call.report({ phase: "collect", message: "reading the host" });
    const facts = await collectFacts(this.#host, {
      signal: call.signal,
      binaryMarkers,
      onProgress: (fact) => call.report({ phase: "collect", message: `reading ${fact}` }),
    });
    call.report({ phase: "judge", message: "judging" });
    const outcomes = runChecks(checks, facts);
    const store = this.#alarmsOrMemory();
    const judgement = judge({
      facts,
      outcomes,
      checks,
      mode: params.mode,
      earlier: store.records,
      allowlist: params.allowRules,
      digest: (text) => createHash("sha256").update(text).digest("hex"),
    });
    const { wallMs, monotonicNs } = this.#host.clock();
    const notRun = [...judgement.notRun, ...judgement.gaps.map((reason) => ({ check: "facts", reason }))];
    try {
      store.replace(judgement.records, wallMs);
    } catch (error) {
      if (!OpsError.is(error)) throw error;
      notRun.push({ check: "alarms", reason: `The alarms could not be stored on the host. ${error.message}` });
    }
    const clear = outcomes.filter(({ kind }) => kind === "clear").length;
    return {
      schema: "countermine/triage@1",
      host: { ...summary(facts.host.kind === "seen" ? facts.host.value : this.#fact), wallMs },
      alarms: judgement.alarms,
      notRun,
      stats: {
        processes: facts.processes.kind === "seen" ? facts.processes.value.length : 0,
        sockets: facts.sockets.kind === "seen" ? facts.sockets.value.length : 0,
        checksRun: outcomes.filter(({ kind }) => kind !== "notRun").length,
        checksClear: clear,
        elapsedMs: (monotonicNs - startedAt) / 1e6,
        at: wallMs,
        mode: params.mode,
      },
    };
  }

  async inventory(call: Call) {
    return readInventory(this.#host, {
      ownership: packageOwnership(this.#host),
      flags: lsattrFlags,
      signal: call.signal,
      onProgress: (progress) => call.report(progress),
    });
  }

  /** @throws OpsError that says why the state folder can't be used */
  responder(): Responder {
    this.requireState();
    this.#responder ??= new Responder({
      stateDir: encodeUtf8(this.#options.stateFolder),
      operator: this.#operator,
      host: { id: this.#fact.id, name: this.#fact.name, bootId: this.#fact.bootId },
      ownership: ownershipNow(this.#host),
      log: this.#options.log,
    });
    return this.#responder;
  }

  alarms(): AlarmStore {
    this.requireState();
    this.#alarms ??= new AlarmStore(openStateDirectory(encodeUtf8(this.#options.stateFolder)));
    return this.#alarms;
  }

  requireState(): void {
    if (this.#stateProblem) throw this.#stateProblem;
  }

  refuseWhenTransient(): void {
    if (!this.#options.isTransient) return;
    throw new OpsError(
      "refused",
      "This session leaves nothing behind, so nothing can be isolated: the files would be lost with it. Nothing was changed.",
      {
        nextStep: "Switch off Leave Nothing Behind in the settings and connect again; Contain works in this mode.",
      },
    );
  }

  /** Alarms become the processes and files that they were about, with the identity that was seen then. */
  resolve(targets: readonly ResponseTarget[]): readonly ActionTarget[] {
    return targets.flatMap((target): readonly ActionTarget[] => {
      if (target.kind === "pid") return [{ kind: "process", pid: target.pid }];
      if (target.kind === "file") return [{ kind: "file", path: bytesOfPath(target) }];
      const alarm = this.#alarmsOrMemory().alarms.find(({ id }) => id === target.id);
      if (!alarm) {
        throw new OpsError("notFound", "This alarm is not known on the host any more. Nothing was changed.", {
          nextStep: "Run Triage again.",
        });
      }
      const processes = [...(alarm.process ? [alarm.process] : []), ...(alarm.children ?? [])];
      const files = alarm.file ? [alarm.file] : [];
      return [
        ...processes.map(({ pid, startTime, exeId }) => ({
          kind: "process" as const,
          pid,
          startTime,
          ...(exeId === undefined ? {} : { exeId }),
        })),
        ...(processes.length === 0 ? files.map((file) => ({ kind: "file" as const, path: bytesOfPath(file) })) : []),
      ];
    });
  }

  alarmsIn(targets: readonly ResponseTarget[]): readonly string[] {
    return targets.flatMap((target) => (target.kind === "alarm" ? [target.id] : []));
  }

  /** Alarms whose processes were killed for good are handled; contained ones still wait for a decision. */
  settleAlarms(plan: Plan, result: PlanResult): void {
    const isWhole = result.steps.every(({ state }) => state === "done") && result.respawned.length === 0;
    if (!isWhole || !plan.steps.some(({ kind }) => kind === "kill" || kind === "quarantine")) return;
    const known = plan.alarms.filter((id) => this.alarms().alarms.some((alarm) => alarm.id === id));
    if (known.length > 0)
      this.alarms().setState(
        known,
        "handled",
        `Isolated and killed by ${this.#operator}, plan ${plan.id}`.slice(0, 256),
      );
  }

  removeState(loseIsolatedFiles: boolean): string[] {
    const held = this.#stateProblem
      ? []
      : this.responder()
          .listIsolated()
          .files.filter(({ status }) => status !== "restored" && status !== "deleted");
    if (held.length > 0 && !loseIsolatedFiles) {
      throw new OpsError(
        "refused",
        `${held.length} files are isolated on this host and would be lost. Nothing was removed.`,
        {
          nextStep: "Restore or delete them first, or agree to losing them.",
        },
      );
    }
    const removed: string[] = [];
    const { stateFolder, stagedFolder } = this.#options;
    // The folder of the bundle is …/runtime/<build>; its base may be another than the state folder when the disk was full.
    const folders = [stateFolder, ...(stagedFolder === undefined ? [] : [dirname(dirname(stagedFolder))])];
    for (const folder of new Set(folders)) {
      if (this.#stateProblem && folder === stateFolder) continue;
      removed.push(...removeOwnEntries(folder));
    }
    return removed;
  }

  #alarmsOrMemory(): AlarmStore {
    if (this.#alarms === undefined && this.#stateProblem) this.#alarms = new AlarmStore(undefined);
    return this.#alarms ?? this.alarms();
  }
}

function summary(fact: HostFact): HostSummary {
  const { id, bootId, name, os, kernel, architecture, cores, memoryBytes, uptimeSeconds, wallMs } = fact;
  return { id, bootId, name, os, kernel, architecture, cores, memoryBytes, uptimeSeconds, wallMs };
}

function cutProblem(problem: string): string {
  return problem.slice(0, 2000);
}
